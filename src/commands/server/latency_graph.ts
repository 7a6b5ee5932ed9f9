/**
 * The picture that LATENCY GRAPH draws: a column for each sample, with the sample's age below it.
 *
 * @module
 */
import type { LatencySeries } from "../../telemetry/latency_events.ts";

const ROWS = 4;
/** The characters for the top of a column, from low to high. */
const TOPS = "_o#";

/** Draws the samples of an event, in lines. */
export function drawLatencies(event: string, series: LatencySeries, nowMs: number): string {
  const values = series.samples.map(({ milliseconds }) => milliseconds);
  const high = Math.max(...values);
  const low = Math.min(...values);
  const columns = series.samples.map(({ seconds, milliseconds }) => {
    const share = high === low ? 0 : (milliseconds - low) / (high - low);
    const level = Math.round(share * (ROWS * TOPS.length - 1));
    const age = ageText(Math.floor(nowMs / 1000) - seconds);
    const bar = "|".repeat(Math.floor(level / TOPS.length)) + TOPS[level % TOPS.length];
    return { bar, age };
  });
  const rows: string[] = [];
  for (let row = ROWS - 1; row >= 0; row--) {
    rows.push(columns.map(({ bar }) => bar[row] ?? " ").join(""));
  }
  rows.push("");
  const ageHeight = Math.max(...columns.map(({ age }) => age.length));
  for (let row = 0; row < ageHeight; row++) {
    rows.push(columns.map(({ age }) => age[row] ?? " ").join(""));
  }
  const title = `${event} - high ${high} ms, low ${low} ms ` +
    `(all time high ${series.maxMilliseconds} ms)`;
  return [title, "-".repeat(80), ...rows].map((line) => `${line}\n`).join("");
}

function ageText(seconds: number): string {
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86400)}d`;
}
