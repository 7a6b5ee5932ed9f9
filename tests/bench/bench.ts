/**
 * `deno task bench`: this server beside redis-server, the two in turns, so that whatever else the machine does hits both. Prints ratios;
 * absolute figures of a shared machine mean nothing.
 *
 *     deno task bench                 throughput, value sizes, start time
 *     deno task bench --quick         a short version, for CI
 *     deno task bench --full          also 5 million keys: bytes per key, and p99.9 latency on them
 *     deno task bench --large         also collections of a million elements: growth, memory, pauses
 *     deno task bench --scripts       scripts alone
 *     deno task bench --only=set,get  these tests of redis-benchmark alone
 *     deno task bench --server=PATH   measures a compiled executable instead of `deno run`
 *     deno task bench --against=DIR   compares with another checkout of this project instead of redis-server
 *
 * Needs redis-server and redis-benchmark.
 *
 * @module
 */
import { RespClient } from "../support/resp_client.ts";
import { benchLarge } from "./large.ts";
import { benchScripts } from "./scripts.ts";
import { MeasuredServer } from "./servers.ts";

if (Deno.args.includes("--scripts")) {
  await benchScripts(Deno.args.find((arg) => arg.startsWith("--server="))?.slice(9));
  Deno.exit();
}

const isQuick = Deno.args.includes("--quick");
const isFull = Deno.args.includes("--full");
const executable = Deno.args.find((arg) => arg.startsWith("--server="))?.slice(9);

const against = Deno.args.find((arg) => arg.startsWith("--against="))?.slice(10);

/** What this server is compared with. */
const startOther = () =>
  against === undefined ? MeasuredServer.redis() : MeasuredServer.checkout(against);

const ROUNDS = isQuick ? 1 : 3;
const only = Deno.args.find((arg) => arg.startsWith("--only="))?.slice(7).split(",");
/** All that redis-benchmark does by default. */
const DEFAULT_TESTS = [
  ...["ping_inline", "ping_mbulk", "set", "get", "incr", "lpush", "rpush", "lpop", "rpop", "sadd"],
  ...["hset", "spop", "zadd", "zpopmin", "lrange_100", "lrange_300", "lrange_500", "lrange_600"],
  ...["mset", "xadd"],
];
const TESTS = only ?? (isQuick ? ["set", "get"] : DEFAULT_TESTS);
/** How much longer a request takes than a SET, about: there are so many fewer of it. */
const COST: Readonly<Record<string, number>> = {
  mset: 4,
  lrange_100: 8,
  lrange_300: 20,
  lrange_500: 32,
  lrange_600: 40,
};
const REQUESTS: Readonly<Record<number, number>> = isQuick
  ? { 1: 40_000, 16: 200_000, 64: 400_000 }
  : { 1: 150_000, 16: 800_000, 64: 2_000_000 };
const FULL_KEYS = 5_000_000;

interface Run {
  requestsPerSecond: number;
  cpuPerRequest: number;
  p999Ms: number;
}

interface Load {
  readonly test: string;
  readonly pipeline: number;
  readonly requests: number;
  readonly valueBytes: number;
  readonly keys: number;
}

/** Tests that redis-benchmark does not have, or whose figures it mixes with those of their preparation. */
const OWN_TESTS: Readonly<Record<string, readonly string[]>> = {
  lrange_100: ["LRANGE", "mylist", "0", "99"],
  lrange_300: ["LRANGE", "mylist", "0", "299"],
  lrange_500: ["LRANGE", "mylist", "0", "499"],
  lrange_600: ["LRANGE", "mylist", "0", "599"],
  xadd: ["XADD", "mystream", "*", "myfield", "data"],
};

async function measure(server: MeasuredServer, load: Load): Promise<Run> {
  if (load.test.startsWith("lrange")) await fillList(server);
  const own = OWN_TESTS[load.test];
  const ticks = server.cpuTicks();
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
  const requestsPerSecond = Number(/throughput summary: ([\d.]+)/.exec(output)?.[1]);
  const percentiles = [...output.matchAll(/([\d.]+)% <= ([\d.]+) milliseconds/g)];
  const p999 = percentiles.find(([, percent]) => Number(percent) >= 99.9);
  const cpuPerRequest = (server.cpuTicks() - ticks) / load.requests;
  return { requestsPerSecond, cpuPerRequest, p999Ms: Number(p999?.[2]) };
}

/** Makes `mylist` a list of a thousand elements of three bytes. */
async function fillList(server: MeasuredServer): Promise<void> {
  using client = await RespClient.connect(server.port);
  await client.call("DEL", "mylist");
  await client.call("RPUSH", "mylist", ...new Array<string>(1000).fill("xxx"));
}

const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Both servers in turns; medians over the rounds of this server's figures divided by redis-server's. */
async function compare(ours: MeasuredServer, redis: MeasuredServer, load: Load): Promise<Run> {
  const runs: [Run, Run][] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const theirs = await measure(redis, load);
    runs.push([await measure(ours, load), theirs]);
  }
  const ratio = (field: keyof Run) => median(runs.map(([a, b]) => a[field] / b[field]));
  return {
    requestsPerSecond: ratio("requestsPerSecond"),
    cpuPerRequest: ratio("cpuPerRequest"),
    p999Ms: ratio("p999Ms"),
  };
}

const cell = (value: number) => Number.isFinite(value) ? value.toFixed(2) : "-";
const row = (cells: (string | number)[]) => console.log(`| ${cells.join(" | ")} |`);

async function throughput(ours: MeasuredServer, redis: MeasuredServer): Promise<void> {
  console.log(
    `\nRatio to ${
      against ?? "redis-server"
    }: throughput (more is better), CPU per request (less is better)\n`,
  );
  row(["test", "P=1", "P=16", "P=64", "CPU P=1", "CPU P=16", "CPU P=64"]);
  row(["---", "---", "---", "---", "---", "---", "---"]);
  for (const test of TESTS) {
    const runs: Run[] = [];
    for (const pipeline of [1, 16, 64]) {
      const requests = Math.floor(REQUESTS[pipeline] / (COST[test] ?? 1));
      runs.push(
        await compare(ours, redis, { test, pipeline, requests, valueBytes: 64, keys: 100_000 }),
      );
    }
    row([
      test,
      ...runs.map((run) => cell(run.requestsPerSecond)),
      ...runs.map((run) => cell(run.cpuPerRequest)),
    ]);
  }
}

async function valueSizes(ours: MeasuredServer, redis: MeasuredServer): Promise<void> {
  console.log("\nThe same by size of the value, P=1 and P=16\n");
  row(["value", "SET P=1", "GET P=1", "SET P=16", "GET P=16", "CPU SET P=16", "CPU GET P=16"]);
  row(["---", "---", "---", "---", "---", "---", "---"]);
  for (const valueBytes of [16, 64, 1024, 102_400]) {
    const runs: Run[] = [];
    for (const pipeline of [1, 16]) {
      for (const test of ["set", "get"]) {
        const share = valueBytes > 10_000 ? 20 : valueBytes > 1000 ? 3 : 1;
        const requests = Math.floor(REQUESTS[pipeline] / share / 2);
        runs.push(await compare(ours, redis, { test, pipeline, requests, valueBytes, keys: 1000 }));
      }
    }
    row([
      `${valueBytes} B`,
      ...runs.map((run) => cell(run.requestsPerSecond)),
      ...runs.slice(2).map((run) => cell(run.cpuPerRequest)),
    ]);
  }
}

async function startTime(): Promise<void> {
  const times: Record<string, number[]> = { redeno: [], redis: [] };
  for (let i = 0; i < (isQuick ? 3 : 9); i++) {
    for (const start of [() => MeasuredServer.redis(), () => MeasuredServer.redeno(executable)]) {
      await using server = await start();
      times[server.name].push(server.startMs);
    }
  }
  console.log(
    `\nStart until the first PING is answered: ${median(times.redeno).toFixed(0)} ms ` +
      `(redis-server ${median(times.redis).toFixed(0)} ms)`,
  );
}

async function fill(server: MeasuredServer): Promise<number> {
  const before = server.residentBytes();
  using client = await RespClient.connect(server.port);
  const batch = 1000;
  const value = "v".repeat(64);
  const encoder = new TextEncoder();
  for (let first = 0; first < FULL_KEYS; first += batch) {
    let text = "";
    for (let i = first; i < first + batch; i++) {
      text += `*3\r\n$3\r\nSET\r\n$16\r\nkey:${String(i).padStart(12, "0")}\r\n$64\r\n${value}\r\n`;
    }
    await client.send(encoder.encode(text));
    for (let i = 0; i < batch; i++) await client.read();
  }
  console.log(
    `  ${server.name}: ${(server.residentBytes() / FULL_KEYS).toFixed(0)} bytes a key ` +
      `(the whole process; ${(before / 2 ** 20).toFixed(0)} MB of it when empty)`,
  );
  return server.residentBytes();
}

async function manyKeys(): Promise<void> {
  console.log(`\n${FULL_KEYS} keys of 16 bytes with values of 64 bytes`);
  await using redis = await MeasuredServer.redis();
  await using ours = await MeasuredServer.redeno(executable);
  const theirs = await fill(redis);
  console.log(`  ratio of memory: ${cell(await fill(ours) / theirs)}`);
  for (const test of ["set", "get"]) {
    const load = { test, pipeline: 1, requests: 200_000, valueBytes: 64, keys: FULL_KEYS };
    console.log(
      `  ratio of p99.9, ${test}, P=1: ${cell((await compare(ours, redis, load)).p999Ms)}`,
    );
  }
}

{
  await using redis = await startOther();
  await using ours = await MeasuredServer.redeno(executable);
  // Both are warm before anything counts.
  for (const server of [redis, ours]) {
    for (const pipeline of [1, 16, 64]) {
      for (const test of TESTS) {
        await measure(server, { test, pipeline, requests: 30_000, valueBytes: 64, keys: 100_000 });
      }
    }
  }
  await throughput(ours, redis);
  if (!isQuick && only === undefined) await valueSizes(ours, redis);
}
if (only === undefined) await startTime();
if (isFull) await manyKeys();
if (Deno.args.includes("--large")) await benchLarge(executable);
