/**
 * `deno task bench --scripts`: scripts beside redis-server's. Prints ratios of throughput and of CPU for each request.
 *
 * @module
 */
import { RespClient } from "../support/resp_client.ts";
import { measureQueue } from "./bullmq.ts";
import { MeasuredServer } from "./servers.ts";

interface Load {
  readonly script: string;
  /** Keys and arguments; `__rand_int__` is another number each time. */
  readonly words: readonly string[];
  readonly keys: number;
  /** Requests to send with a pipeline of one; with 16 it is four times as many. */
  readonly requests: number;
}

/** About a kilobyte. */
const RECORDS = JSON.stringify(Array.from({ length: 6 }, (_, i) => ({
  id: i,
  name: `user ${i}`,
  email: `user${i}@example.com`,
  active: i % 2 === 0,
  score: i * 1.25,
  tags: ["a", "b", "c"],
  address: { street: `Main street ${i}`, zip: 10000 + i, geo: [12.5 + i, 48.125] },
})));

const LOADS: Readonly<Record<string, Load>> = {
  "one GET": {
    script: "return redis.call('GET', KEYS[1])",
    words: ["key:__rand_int__"],
    keys: 1,
    requests: 100_000,
  },
  "five commands": {
    script: `
      redis.call('HSET', KEYS[1], 'field', ARGV[1])
      redis.call('HINCRBY', KEYS[1], 'count', 1)
      redis.call('ZADD', KEYS[2], ARGV[1], KEYS[1])
      redis.call('EXPIRE', KEYS[1], 100)
      return redis.call('HGETALL', KEYS[1])`,
    words: ["hash:__rand_int__", "scores", "12"],
    keys: 2,
    requests: 50_000,
  },
  "rate limiter": {
    script: `
      local count = redis.call('INCR', KEYS[1])
      if count == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
      if count > tonumber(ARGV[2]) then return {0, redis.call('TTL', KEYS[1])} end
      return {1, count}`,
    words: ["limit:__rand_int__", "60", "100"],
    keys: 1,
    requests: 100_000,
  },
  "pcall and tables": {
    script: `
      local parts = {}
      for i = 1, 10 do
        local ok, value = pcall(function(n) return n * 2 end, i)
        parts[#parts + 1] = tostring(ok) .. ':' .. value
      end
      return table.concat(parts, ',')`,
    words: [],
    keys: 0,
    requests: 30_000,
  },
  "JSON of 1 KB, both ways": {
    script: "return #cjson.encode(cjson.decode(ARGV[1]))",
    words: [RECORDS],
    keys: 0,
    requests: 20_000,
  },
  "JSON of 100 KB, both ways": {
    script: `
      local records = {}
      for i = 1, 100 do records[i] = ARGV[1] end
      return #cjson.encode(cjson.decode('[' .. table.concat(records, ',') .. ']'))`,
    words: [RECORDS],
    keys: 0,
    requests: 300,
  },
  "a million steps": {
    script: "local sum = 0 for i = 1, 1000000 do sum = sum + i end return sum",
    words: [],
    keys: 0,
    requests: 200,
  },
};

const ROUNDS = 3;
const PIPELINES = [1, 16];

/** What one request took. */
interface Cost {
  readonly perSecond: number;
  readonly cpu: number;
}

async function measure(
  server: MeasuredServer,
  { script, words, keys, requests }: Load,
  pipeline: number,
): Promise<Cost> {
  using client = await RespClient.connect(server.port);
  const digest = (await client.call("SCRIPT", "LOAD", script)).text!;
  const count = pipeline === 1 ? requests : requests * 4;
  const ticks = server.cpuTicks();
  const command = new Deno.Command("redis-benchmark", {
    args: [
      ...["-p", `${server.port}`, "-c", "50", "-n", `${count}`, "-P", `${pipeline}`],
      ...["-r", "100000", "EVALSHA", digest, `${keys}`, ...words],
    ],
    stdout: "piped",
    stderr: "null",
  });
  const output = new TextDecoder().decode((await command.output()).stdout);
  const perSecond = Number(/throughput summary: ([\d.]+)/.exec(output)?.[1]);
  return { perSecond, cpu: (server.cpuTicks() - ticks) / count };
}

const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1];

/** Measures both servers in turns; prints a row for each thing that `measure` tells the cost of. */
async function printRows(
  servers: readonly [ours: MeasuredServer, redis: MeasuredServer],
  measure: (server: MeasuredServer, pipeline: number) => Promise<Readonly<Record<string, Cost>>>,
): Promise<void> {
  const rows = new Map<string, { throughput: string[]; cpu: string[] }>();
  for (const pipeline of PIPELINES) {
    const rounds: Readonly<Record<string, Cost>>[][] = [];
    for (let round = 0; round < ROUNDS; round++) {
      rounds.push([await measure(servers[0], pipeline), await measure(servers[1], pipeline)]);
    }
    for (const name of Object.keys(rounds[0][0])) {
      const ratio = (part: keyof Cost) =>
        median(rounds.map(([our, their]) => our[name][part] / their[name][part])).toFixed(2);
      const row = rows.get(name) ?? { throughput: [], cpu: [] };
      row.throughput.push(ratio("perSecond"));
      row.cpu.push(ratio("cpu"));
      rows.set(name, row);
    }
  }
  for (const [name, { throughput, cpu }] of rows) {
    console.log(`| ${[name, ...throughput, ...cpu].join(" | ")} |`);
  }
}

/** Measures all loads; with `only`, those whose names hold this text. */
export async function benchScripts(executable?: string, only = ""): Promise<void> {
  await using ours = await MeasuredServer.redeno(executable);
  await using redis = await MeasuredServer.redis();
  console.log(
    "\nScripts, ratio to redis-server: throughput (more is better), CPU (less is better)\n",
  );
  console.log("| script | P=1 | P=16 | CPU P=1 | CPU P=16 |\n| --- | --- | --- | --- | --- |");
  for (const [name, load] of Object.entries(LOADS)) {
    if (!name.includes(only)) continue;
    await printRows(
      [ours, redis],
      async (server, pipeline) => ({ [name]: await measure(server, load, pipeline) }),
    );
  }
  if (!"BullMQ".includes(only)) return;
  // Its scripts are long: V8 must have seen them.
  for (const server of [ours, redis]) await measureQueue(server, 1);
  await printRows([ours, redis], measureQueue);
}
