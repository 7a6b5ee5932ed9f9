/**
 * `deno task bench`: this server beside redis-server, the two in turns. Prints ratios; absolute figures of a shared machine mean nothing. A
 * row is repeated until its rounds agree within 5 %; where they do not, it says by how much.
 *
 *     deno task bench                 throughput, value sizes, start time
 *     deno task bench --quick         a short version, for CI
 *     deno task bench --full          also 5 million keys: bytes per key, and p99.9 latency on them
 *     deno task bench --large         also collections of a million elements: growth, memory, pauses
 *     deno task bench --scripts       scripts alone; with --only=BullMQ those of this name
 *     deno task bench --only=set,get  these tests of redis-benchmark alone
 *     deno task bench --redis=PATH    the redis-server to compare with; by default that of the PATH
 *     deno task bench --server=PATH   measures a compiled executable instead of `deno run`
 *     deno task bench --against=DIR   compares with another checkout of this project instead of redis-server
 *     deno task bench --write         also writes docs/bench.json, which `deno task chart` draws
 *
 * Needs redis-server and redis-benchmark.
 *
 * @module
 */
import { benchLarge } from "./large.ts";
import { manyKeys } from "./many_keys.ts";
import { RESULTS } from "./results.ts";
import { benchScripts } from "./scripts.ts";
import { MeasuredServer } from "./servers.ts";
import { type Amount, type Pair, TESTS, throughput, valueSizes, warmUp } from "./throughput.ts";

const has = (option: string) => Deno.args.includes(`--${option}`);
const valueOf = (option: string) =>
  Deno.args.find((arg) => arg.startsWith(`--${option}=`))?.slice(option.length + 3);

const executable = valueOf("server");
const against = valueOf("against");
const redis = valueOf("redis");
if (redis !== undefined) Deno.env.set("REDIS_SERVER", redis);
const only = valueOf("only")?.split(",");

const amount: Amount = has("quick")
  ? { requests: { 1: 40_000, 16: 200_000, 64: 400_000 }, rounds: { least: 1, most: 1 } }
  : { requests: { 1: 100_000, 16: 600_000, 64: 1_500_000 }, rounds: { least: 3, most: 7 } };

/** Starts both servers, has them measured and stops them. */
async function withServers<T>(bench: (pair: Pair) => Promise<T>): Promise<T> {
  await using theirs = against === undefined
    ? await MeasuredServer.redis()
    : await MeasuredServer.checkout(against);
  await using ours = await MeasuredServer.redeno(executable);
  return await bench({ ours, theirs });
}

async function startTime(): Promise<void> {
  const times: Record<string, number[]> = { redeno: [], redis: [] };
  for (let i = 0; i < (has("quick") ? 3 : 9); i++) {
    for (const start of [() => MeasuredServer.redis(), () => MeasuredServer.redeno(executable)]) {
      await using server = await start();
      times[server.name].push(server.startMs);
    }
  }
  const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1].toFixed(0);
  console.log(
    `\nStart until the first PING is answered: ${median(times.redeno)} ms ` +
      `(redis-server ${median(times.redis)} ms)`,
  );
}

if (has("scripts")) {
  await benchScripts(executable, valueOf("only"));
  Deno.exit();
}
console.log(`Compared with ${against ?? await MeasuredServer.redisVersion()}`);
const tests = only ?? (has("quick") ? ["set", "get"] : TESTS);
await withServers(async (pair) => {
  await warmUp(pair, tests);
  const rows = await throughput(pair, tests, amount);
  if (has("write")) {
    const results = { reference: await MeasuredServer.redisVersion(), rows };
    const rounded = (_name: string, value: unknown) =>
      typeof value === "number" ? Number(value.toFixed(3)) : value;
    await Deno.writeTextFile(RESULTS, `${JSON.stringify(results, rounded, 1)}\n`);
  }
  if (!has("quick") && only === undefined) await valueSizes(pair, amount);
});
if (only === undefined) await startTime();
if (has("full")) await withServers((pair) => manyKeys(pair, amount.rounds));
if (has("large")) await benchLarge(executable);
