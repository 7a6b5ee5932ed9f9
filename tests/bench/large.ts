/**
 * `deno task bench --large`, or `deno run -A tests/bench/large.ts`: collections of a million elements beside redis-server.
 *
 * For each operation the ratio of throughputs on a million elements, and for both servers how much slower that is than on ten thousand: a wrong
 * complexity shows. Then memory per element, and the longest that a client waits for a batch of a hundred requests while a collection grows.
 *
 * @module
 */
import { encodeRequest } from "../../src/resp/request_writer.ts";
import { RespClient } from "../support/resp_client.ts";
import { MeasuredServer } from "./servers.ts";

const SMALL = 10_000;
const LARGE = 1_000_000;
const BATCH = 100;

const element = (i: number) => `element:${String(i).padStart(12, "0")}`;

/** How each collection is filled. */
const FILLS: Readonly<Record<string, (i: number) => string[]>> = {
  zset: (i) => ["ZADD", "zset", `${i}`, element(i)],
  hash: (i) => ["HSET", "hash", element(i), "xxx"],
  set: (i) => ["SADD", "set", element(i)],
  list: (i) => ["RPUSH", "list", element(i)],
  stream: (i) => ["XADD", "stream", "*", "field", element(i)],
  "hashes of 10 fields": (i) => [
    ...["HSET", `h:${i}`],
    ...Array.from({ length: 20 }, (_, j) => j % 2 === 0 ? `field${j}` : `value ${i + j}`),
  ],
};

const READ_AND_ACKNOWLEDGE = "XREADGROUP and XACK of 100";

const RANDOM = "__rand_int__";
const MEMBER = `element:${RANDOM}`;

/** Operations by redis-benchmark's arguments, how many, and on how long pipelines. */
const OPERATIONS: Readonly<Record<string, readonly [(size: number) => string[], number, number]>> =
  {
    ZADD: [() => ["ZADD", "zset", RANDOM, MEMBER], 200_000, 16],
    ZRANK: [() => ["ZRANK", "zset", MEMBER], 200_000, 16],
    "ZRANGE by rank": [(n) => ["ZRANGE", "zset", `${n / 2}`, `${n / 2 + 9}`], 200_000, 16],
    "ZRANGE by score": [
      () => ["ZRANGE", "zset", RANDOM, "+inf", "BYSCORE", "LIMIT", "0", "10"],
      200_000,
      16,
    ],
    ZINCRBY: [() => ["ZINCRBY", "zset", "1", MEMBER], 200_000, 16],
    HSET: [() => ["HSET", "hash", MEMBER, "yyy"], 200_000, 16],
    HGET: [() => ["HGET", "hash", MEMBER], 200_000, 16],
    SADD: [() => ["SADD", "set", MEMBER], 200_000, 16],
    SISMEMBER: [() => ["SISMEMBER", "set", MEMBER], 200_000, 16],
    "SINTERCARD of two": [() => ["SINTERCARD", "2", "half1", "half2"], 20, 1],
    "LINDEX in the middle": [(n) => ["LINDEX", "list", `${n / 2}`], 20_000, 16],
    "LINSERT in the middle": [
      (n) => ["LINSERT", "list", "BEFORE", element(n / 2), "x"],
      200,
      1,
    ],
    XADD: [() => ["XADD", "stream", "*", "field", "xxx"], 200_000, 16],
    "XRANGE of 10": [() => ["XRANGE", "stream", "-", "+", "COUNT", "10"], 200_000, 16],
    XREADGROUP: [
      () => ["XREADGROUP", "GROUP", "g", "c", "COUNT", "1", "STREAMS", "stream", ">"],
      9_000,
      16,
    ],
  };

/** Sends requests in batches; returns the longest that a batch took, in milliseconds. */
async function send(
  client: RespClient,
  count: number,
  make: (i: number) => string[],
): Promise<number> {
  let longestMs = 0;
  for (let first = 0; first < count; first += BATCH) {
    const batch = Array.from({ length: BATCH }, (_, i) => encodeRequest(make(first + i)));
    const bytes = new Uint8Array(batch.reduce((sum, { length }) => sum + length, 0));
    batch.reduce((at, request) => (bytes.set(request, at), at + request.length), 0);
    const start = performance.now();
    await client.send(bytes);
    for (let i = 0; i < BATCH; i++) await client.read();
    longestMs = Math.max(longestMs, performance.now() - start);
  }
  return longestMs;
}

/** Requests per second, in thousands. */
async function throughput(server: MeasuredServer, name: string, size: number): Promise<number> {
  const [make, requests, pipeline] = OPERATIONS[name];
  const { stdout } = await new Deno.Command("redis-benchmark", {
    args: [
      ...["-p", `${server.port}`, "-c", "20", "-n", `${requests}`, "-P", `${pipeline}`],
      ...["-r", `${size}`, ...make(size)],
    ],
    stdout: "piped",
    stderr: "null",
  }).output();
  return Number(/throughput summary: ([\d.]+)/.exec(new TextDecoder().decode(stdout))?.[1]) / 1000;
}

/** Entries that are read from a group and acknowledged, in thousands a second: a hundred at a time, as a worker does it. */
async function readAndAcknowledge(client: RespClient, entries: number): Promise<number> {
  const read = ["XREADGROUP", "GROUP", "g", "worker", "COUNT", "100", "STREAMS", "stream", ">"];
  const start = performance.now();
  for (let done = 0; done < entries; done += 100) {
    const reply = await client.call(...read);
    const ids = reply.elements[0].elements[1].elements.map((entry) => entry.elements[0].text!);
    await client.call("XACK", "stream", "g", ...ids);
  }
  return entries / (performance.now() - start);
}

/** Fills a server with collections of a size and measures every operation. */
async function measure(server: MeasuredServer, size: number): Promise<Map<string, number>> {
  using client = await RespClient.connect(server.port);
  await client.call("FLUSHALL");
  for (const name of ["zset", "hash", "set", "list", "stream"]) {
    await send(client, size, FILLS[name]);
  }
  const half = Math.min(size, 100_000);
  await send(client, half, (i) => ["SADD", "half1", element(i)]);
  await send(client, half, (i) => ["SADD", "half2", element(i + half / 2)]);
  await client.call("XGROUP", "CREATE", "stream", "g", "0");
  const results = new Map<string, number>();
  for (const name of Object.keys(OPERATIONS)) {
    results.set(name, await throughput(server, name, size));
  }
  await client.call("XGROUP", "SETID", "stream", "g", "0");
  results.set(READ_AND_ACKNOWLEDGE, await readAndAcknowledge(client, 9_000));
  return results;
}

const row = (cells: (string | number)[]) => console.log(`| ${cells.join(" | ")} |`);

async function operations(executable?: string): Promise<void> {
  await using redis = await MeasuredServer.redis();
  await using ours = await MeasuredServer.redeno(executable);
  // Warm, and warm again: the first round is thrown away.
  for (const server of [redis, ours]) await measure(server, SMALL);
  const small = [await measure(redis, SMALL), await measure(ours, SMALL)];
  const large = [await measure(redis, LARGE), await measure(ours, LARGE)];
  console.log(`\n${LARGE} elements: throughput / redis-server's, and slower than on ${SMALL} by\n`);
  row(["operation", "ratio", "slower here", "slower there"]);
  row(["---", "---", "---", "---"]);
  for (const name of [...Object.keys(OPERATIONS), READ_AND_ACKNOWLEDGE]) {
    const [redisSmall, oursSmall] = small.map((results) => results.get(name)!);
    const [redisLarge, oursLarge] = large.map((results) => results.get(name)!);
    const ratios = [oursLarge / redisLarge, oursSmall / oursLarge, redisSmall / redisLarge];
    row([name, ...ratios.map((ratio) => ratio.toFixed(2))]);
  }
}

async function growth(executable?: string): Promise<void> {
  console.log(`\nGrowing to ${LARGE}: memory / redis-server's, longest batch and UNLINK in ms\n`);
  row(["collection", "memory", "bytes each", "longest batch", "its", "UNLINK", "its"]);
  row(["---", "---", "---", "---", "---", "---", "---"]);
  for (const [name, make] of Object.entries(FILLS)) {
    const figures: { bytes: number; longestMs: number; unlinkMs: number }[] = [];
    for (const start of [() => MeasuredServer.redis(), () => MeasuredServer.redeno(executable)]) {
      await using server = await start();
      using client = await RespClient.connect(server.port);
      await send(client, SMALL, (i) => ["SET", `warm:${i}`, "x"]);
      const before = server.residentBytes();
      const longestMs = await send(client, LARGE, make);
      const bytes = (server.residentBytes() - before) / LARGE;
      const started = performance.now();
      if (name.startsWith("hashes")) await client.call("FLUSHALL", "ASYNC");
      else await client.call("UNLINK", name);
      figures.push({ bytes, longestMs, unlinkMs: performance.now() - started });
    }
    const [redis, ours] = figures;
    row([
      name,
      (ours.bytes / redis.bytes).toFixed(2),
      ours.bytes.toFixed(0),
      ...[ours.longestMs, redis.longestMs, ours.unlinkMs, redis.unlinkMs].map((ms) =>
        ms.toFixed(1)
      ),
    ]);
  }
}

/** Prints both tables. */
export async function benchLarge(executable?: string): Promise<void> {
  await operations(executable);
  await growth(executable);
}

if (import.meta.main) await benchLarge();
