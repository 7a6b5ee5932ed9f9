/**
 * `deno task chart`: draws docs/bench.svg from docs/bench.json: for each test a point for each length of the pipeline, on a scale of ratios
 * on which twice as fast is as far from 1 as half as fast. It follows the reader's choice of a light or a dark page.
 *
 * @module
 */
import { RESULTS, type Results } from "./results.ts";
import { PIPELINES, type Row } from "./throughput.ts";

const TARGET = new URL("bench.svg", RESULTS);
const [WIDTH, LEFT, RIGHT, TOP, LINE] = [720, 110, 24, 64, 22];
const MARKS = [0.5, 0.7, 1, 1.4, 2];
const COLORS = ["p1", "p16", "p64"];

const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-weight: 600 }
  .mark { stroke: #d0d7de }
  .one { stroke: #57606a }
  .range { stroke: #d0d7de; stroke-width: 3 }
  .p1 { fill: #8c959f }
  .p16 { fill: #0969da }
  .p64 { fill: #8250df }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .mark, .range { stroke: #30363d }
    .one { stroke: #8b949e }
    .p1 { fill: #6e7681 }
    .p16 { fill: #4493f8 }
    .p64 { fill: #ab7df8 }
  }`;

/** Where a ratio stands from left to right. */
function xOf(ratio: number): number {
  const [low, high] = [Math.log(MARKS[0]), Math.log(MARKS[MARKS.length - 1])];
  const share = (Math.log(ratio) - low) / (high - low);
  return Math.round(LEFT + Math.min(1, Math.max(0, share)) * (WIDTH - LEFT - RIGHT));
}

function rowOf({ test, comparisons }: Row, index: number): string {
  const y = TOP + LINE * index + LINE / 2;
  const ratios = comparisons.map(({ requestsPerSecond }) => requestsPerSecond.median);
  const [first, last] = [Math.min(...ratios), Math.max(...ratios)].map(xOf);
  const points = ratios.map((ratio, i) =>
    `<circle class="${COLORS[i]}" cx="${xOf(ratio)}" cy="${y}" r="5">` +
    `<title>${test}, P=${PIPELINES[i]}: ${ratio.toFixed(2)}</title></circle>`
  );
  return `<text x="${LEFT - 16}" y="${y + 4}" text-anchor="end">${test}</text>` +
    `<line class="range" x1="${first}" x2="${last}" y1="${y}" y2="${y}"/>${points.join("")}`;
}

/** Draws the chart. */
export function chart({ reference, rows }: Results): string {
  const bottom = TOP + LINE * rows.length;
  const marks = MARKS.map((mark) =>
    `<line class="${mark === 1 ? "one" : "mark"}" x1="${xOf(mark)}" x2="${xOf(mark)}" ` +
    `y1="${TOP - 6}" y2="${bottom}"/>` +
    `<text x="${xOf(mark)}" y="${bottom + 18}" text-anchor="middle">${mark}</text>`
  );
  const legend = PIPELINES.map((pipeline, i) =>
    `<circle class="${COLORS[i]}" cx="${LEFT + 90 * i}" cy="44" r="5"/>` +
    `<text x="${LEFT + 90 * i + 12}" y="48">P=${pipeline}</text>`
  );
  const title = `Requests a second, as a multiple of ${reference}'s`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${bottom + 32}" role="img">`,
    `<title>${title}</title>`,
    `<style>${STYLE}\n</style>`,
    `<text class="title" x="${LEFT}" y="24">${title}</text>`,
    ...legend,
    ...marks,
    ...rows.map(rowOf),
    "</svg>\n",
  ].join("\n");
}

if (import.meta.main) {
  const results: Results = JSON.parse(await Deno.readTextFile(RESULTS));
  await Deno.writeTextFile(TARGET, chart(results));
}
