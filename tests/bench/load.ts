/**
 * One load of redis-benchmark on two servers in turns, so that whatever else the machine does hits both.
 *
 * @module
 */
import { RespClient } from "../support/resp_client.ts";
import type { MeasuredServer } from "./servers.ts";

/** What redis-benchmark is to do. */
export interface Load {
  /** The test, as redis-benchmark names it. */
  readonly test: string;
  readonly pipeline: number;
  readonly requests: number;
  readonly valueBytes: number;
  readonly keys: number;
}

/** What was measured of one server. */
interface Run {
  readonly requestsPerSecond: number;
  /** CPU time a request, in clock ticks. */
  readonly user: number;
  readonly system: number;
  readonly p999Ms: number;
}

/** A figure of the first server divided by that of the second: the median of several rounds. */
export interface Ratio {
  readonly median: number;
  /** How far the rounds lie apart: half the range, without the lowest and the highest round, divided by the median. */
  readonly spread: number;
}

/** The ratios of one load. */
export type Comparison = { readonly [Figure in keyof Run]: Ratio };

/** How often a load is repeated: until the throughput's spread is small enough. */
export interface Rounds {
  readonly least: number;
  readonly most: number;
}

/** A row whose spread is above this is not settled. */
export const SMALL_SPREAD = 0.05;

/** Tests that redis-benchmark does not have, or whose figures it mixes with those of their preparation. */
const OWN_TESTS: Readonly<Record<string, readonly string[]>> = {
  lrange_100: ["LRANGE", "mylist", "0", "99"],
  lrange_300: ["LRANGE", "mylist", "0", "299"],
  lrange_500: ["LRANGE", "mylist", "0", "499"],
  lrange_600: ["LRANGE", "mylist", "0", "599"],
  xadd: ["XADD", "mystream", "*", "myfield", "data"],
};

/** Runs a load on one server. */
export async function measure(server: MeasuredServer, load: Load): Promise<Run> {
  if (load.test.startsWith("lrange")) await fillList(server);
  const own = OWN_TESTS[load.test];
  const before = server.cpuTime();
  const command = new Deno.Command("redis-benchmark", {
    args: [
      ...["-p", `${server.port}`, "-c", "50", "-n", `${load.requests}`],
      ...["-P", `${load.pipeline}`, "-d", `${load.valueBytes}`, "-r", `${load.keys}`],
      ...(own ?? ["-t", load.test]),
    ],
    stdout: "piped",
    stderr: "null",
  });
  const output = new TextDecoder().decode((await command.output()).stdout);
  const after = server.cpuTime();
  const percentiles = [...output.matchAll(/([\d.]+)% <= ([\d.]+) milliseconds/g)];
  const p999 = percentiles.find(([, percent]) => Number(percent) >= 99.9);
  return {
    requestsPerSecond: Number(/throughput summary: ([\d.]+)/.exec(output)?.[1]),
    user: (after.user - before.user) / load.requests,
    system: (after.system - before.system) / load.requests,
    p999Ms: Number(p999?.[2]),
  };
}

/** Makes `mylist` a list of a thousand elements of three bytes. */
async function fillList(server: MeasuredServer): Promise<void> {
  using client = await RespClient.connect(server.port);
  await client.call("DEL", "mylist");
  await client.call("RPUSH", "mylist", ...new Array<string>(1000).fill("xxx"));
}

/** Runs a load on both servers in turns; the first server's figures divided by the second's. */
export async function compare(
  ours: MeasuredServer,
  theirs: MeasuredServer,
  load: Load,
  rounds: Rounds,
): Promise<Comparison> {
  const pairs: [Run, Run][] = [];
  const ratio = (figure: keyof Run) => ratioOf(pairs.map(([a, b]) => a[figure] / b[figure]));
  for (;;) {
    const their = await measure(theirs, load);
    pairs.push([await measure(ours, load), their]);
    if (pairs.length < rounds.least) continue;
    const isSettled = ratio("requestsPerSecond").spread <= SMALL_SPREAD;
    if (isSettled || pairs.length >= rounds.most) break;
  }
  return {
    requestsPerSecond: ratio("requestsPerSecond"),
    user: ratio("user"),
    system: ratio("system"),
    p999Ms: ratio("p999Ms"),
  };
}

function ratioOf(values: readonly number[]): Ratio {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  const inner = sorted.length > 4 ? sorted.slice(1, -1) : sorted;
  return { median: middle, spread: (inner[inner.length - 1] - inner[0]) / 2 / middle };
}

/** A ratio as a cell of a table; with its spread if that is not small. */
export function cell({ median, spread }: Ratio): string {
  if (!Number.isFinite(median)) return "-";
  const text = median.toFixed(2);
  return spread <= SMALL_SPREAD ? text : `${text} ±${Math.round(spread * 100)}%`;
}

/** Prints a row of a table. */
export function row(cells: readonly (string | number)[]): void {
  console.log(`| ${cells.join(" | ")} |`);
}
