/**
 * Throughput and CPU time of redis-benchmark's tests, by length of the pipeline and by size of the value.
 *
 * @module
 */
import { cell, compare, type Comparison, type Load, measure, type Rounds, row } from "./load.ts";
import type { MeasuredServer } from "./servers.ts";

/** Lengths of pipelines. */
export const PIPELINES = [1, 16, 64] as const;
/** All that redis-benchmark does by default, and XADD. */
export const TESTS: readonly string[] = [
  ...["ping_inline", "ping_mbulk", "set", "get", "incr", "lpush", "rpush", "lpop", "rpop", "sadd"],
  ...["hset", "spop", "zadd", "zpopmin", "lrange_100", "lrange_300", "lrange_500", "lrange_600"],
  ...["mset", "xadd"],
];
/** How much longer a request takes than a SET, about: there are so many fewer of it. */
const COST: Readonly<Record<string, number>> = {
  mset: 4,
  lrange_100: 8,
  lrange_300: 20,
  lrange_500: 32,
  lrange_600: 40,
};
const KEYS = 100_000;
const WARM_UP = 30_000;

/** How much is measured. */
export interface Amount {
  /** Requests of one round, by length of the pipeline. */
  readonly requests: Readonly<Record<number, number>>;
  readonly rounds: Rounds;
}

/** The two servers. Ratios are the first's figures divided by the second's. */
export interface Pair {
  readonly ours: MeasuredServer;
  readonly theirs: MeasuredServer;
}

/** The ratios of one test, in the order of {@link PIPELINES}. */
export interface Row {
  readonly test: string;
  readonly comparisons: readonly Comparison[];
}

/** Runs every test a little, so that both servers are warm before anything counts. */
export async function warmUp({ ours, theirs }: Pair, tests: readonly string[]): Promise<void> {
  for (const server of [theirs, ours]) {
    for (const pipeline of PIPELINES) {
      for (const test of tests) {
        await measure(server, { test, pipeline, requests: WARM_UP, valueBytes: 64, keys: KEYS });
      }
    }
  }
}

/** Compares tests with values of 64 bytes; prints a row for each, and returns them. */
export async function throughput(
  { ours, theirs }: Pair,
  tests: readonly string[],
  { requests, rounds }: Amount,
): Promise<Row[]> {
  console.log("\nThroughput (more is better) and CPU time a request (less is better), ratios\n");
  row([
    "test",
    ...PIPELINES.map((pipeline) => `P=${pipeline}`),
    ...PIPELINES.flatMap((pipeline) => [`user P=${pipeline}`, `system P=${pipeline}`]),
  ]);
  row(new Array(1 + 3 * PIPELINES.length).fill("---"));
  const rows: Row[] = [];
  for (const test of tests) {
    const comparisons: Comparison[] = [];
    for (const pipeline of PIPELINES) {
      const count = Math.floor(requests[pipeline] / (COST[test] ?? 1));
      const load: Load = { test, pipeline, requests: count, valueBytes: 64, keys: KEYS };
      comparisons.push(await compare(ours, theirs, load, rounds));
    }
    rows.push({ test, comparisons });
    row([
      test,
      ...comparisons.map((comparison) => cell(comparison.requestsPerSecond)),
      ...comparisons.flatMap(({ user, system }) => [user, system].map(withoutSpread)),
    ]);
  }
  return rows;
}

const withoutSpread = ({ median }: { readonly median: number }) => cell({ median, spread: 0 });

/** Compares SET and GET by size of the value, and prints a row for each. */
export async function valueSizes({ ours, theirs }: Pair, amount: Amount): Promise<void> {
  console.log("\nThe same by size of the value\n");
  row(["value", "SET P=1", "GET P=1", "SET P=16", "GET P=16", "user SET P=16", "user GET P=16"]);
  row(new Array(7).fill("---"));
  for (const valueBytes of [16, 64, 1024, 102_400]) {
    const share = valueBytes > 10_000 ? 20 : valueBytes > 1000 ? 3 : 1;
    const comparisons: Comparison[] = [];
    for (const pipeline of [1, 16]) {
      const requests = Math.floor(amount.requests[pipeline] / share / 2);
      for (const test of ["set", "get"]) {
        const load = { test, pipeline, requests, valueBytes, keys: 1000 };
        comparisons.push(await compare(ours, theirs, load, amount.rounds));
      }
    }
    row([
      `${valueBytes} B`,
      ...comparisons.map((comparison) => cell(comparison.requestsPerSecond)),
      ...comparisons.slice(2).map(({ user }) => withoutSpread(user)),
    ]);
  }
}
