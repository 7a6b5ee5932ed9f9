/**
 * `deno run -A tests/bench/persistence.ts`: saving, loading and the append-only file, on this server and on redis-server in turns. Prints ratios
 * (above 1 is faster), and how much memory a snapshot takes while keys are written.
 *
 * @module
 */
import { RespClient } from "../support/resp_client.ts";
import { MeasuredServer } from "./servers.ts";

const KEYS = 1_000_000;
const ROUNDS = 3;
const encoder = new TextEncoder();

type Start = (...directives: string[]) => Promise<MeasuredServer>;

const kinds: readonly Start[] = [
  (...directives) => MeasuredServer.redis(...directives),
  (...directives) => MeasuredServer.redeno(undefined, ...directives),
];

const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** One of a million keys: six strings, a list, a set, a sorted set and a hash of ten elements in ten. */
function request(i: number): string {
  const words = Array.from({ length: 10 }, (_, j) => `element:${i * 10 + j}`);
  switch (i % 10) {
    case 0:
      return `RPUSH key:${i} ${words.join(" ")}\r\n`;
    case 1:
      return `SADD key:${i} ${words.join(" ")}\r\n`;
    case 2:
      return `ZADD key:${i} ${words.map((word, j) => `${j} ${word}`).join(" ")}\r\n`;
    case 3:
      return `HSET key:${i} ${words.map((word, j) => `field:${j} ${word}`).join(" ")}\r\n`;
    default:
      return `SET key:${i} value:${i}:${"x".repeat(32)}\r\n`;
  }
}

async function fill(port: number): Promise<void> {
  using client = await RespClient.connect(port);
  for (let first = 0; first < KEYS; first += 500) {
    let text = "";
    for (let i = first; i < first + 500; i++) text += request(i);
    await client.send(encoder.encode(text));
    for (let i = 0; i < 500; i++) await client.read();
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Milliseconds until a server answers that starts with this data. */
async function loadTime(start: Start, folder: string): Promise<number> {
  const startMs = performance.now();
  await using server = await start("--dir", folder);
  using client = await RespClient.connect(server.port);
  while ((await client.call("PING")).type === "-");
  return performance.now() - startMs;
}

async function saveAndLoad(): Promise<void> {
  const folders = kinds.map(() => Deno.makeTempDirSync({ prefix: "redeno-bench-" }));
  const saves: number[][] = [[], []];
  const loads: number[][] = [[], []];
  for (const [i, start] of kinds.entries()) {
    await using server = await start("--dir", folders[i]);
    await fill(server.port);
    using client = await RespClient.connect(server.port);
    for (let round = 0; round < ROUNDS; round++) {
      saves[i].push(await timed(() => client.call("SAVE")));
    }
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, start] of kinds.entries()) loads[i].push(await loadTime(start, folders[0]));
  }
  for (const folder of folders) Deno.removeSync(folder, { recursive: true });
  const ratio = ([redis, ours]: number[][]) => (median(redis) / median(ours)).toFixed(2);
  console.log(`${KEYS} mixed keys: save ${ratio(saves)}, load ${ratio(loads)}`);
}

async function requestsPerSecond(server: MeasuredServer, pipeline: number, n: number) {
  const { stdout } = await new Deno.Command("redis-benchmark", {
    args: [
      ...["-p", `${server.port}`, "-c", "50", "-n", `${n}`, "-P", `${pipeline}`],
      ...["-t", "set", "-d", "64", "-r", "100000"],
    ],
    stderr: "null",
  }).output();
  return Number(/throughput summary: ([\d.]+)/.exec(new TextDecoder().decode(stdout))?.[1]);
}

async function appendOnly(): Promise<void> {
  for (const policy of ["everysec", "always"]) {
    const folders = kinds.map(() => Deno.makeTempDirSync({ prefix: "redeno-bench-" }));
    const directives = ["--appendonly", "yes", "--appendfsync", policy];
    await using redis = await kinds[0](...directives, "--dir", folders[0]);
    await using ours = await kinds[1](...directives, "--dir", folders[1]);
    for (const pipeline of [1, 16]) {
      const n = (policy === "always" ? 20_000 : 100_000) * (pipeline === 1 ? 1 : 5);
      const ratios: number[] = [];
      await requestsPerSecond(ours, pipeline, n);
      for (let round = 0; round < ROUNDS; round++) {
        const theirs = await requestsPerSecond(redis, pipeline, n);
        ratios.push(await requestsPerSecond(ours, pipeline, n) / theirs);
      }
      console.log(`appendfsync ${policy}, SET, P=${pipeline}: ${median(ratios).toFixed(2)}`);
    }
  }
}

/** How much the process grows while it saves and every key is written meanwhile, beside what the data takes. */
async function snapshotMemory(): Promise<void> {
  const folder = Deno.makeTempDirSync({ prefix: "redeno-bench-" });
  await using server = await kinds[1]("--dir", folder);
  using client = await RespClient.connect(server.port);
  const empty = server.residentBytes();
  await fill(server.port);
  // Once before, so that what writing itself takes is there already.
  for (let i = 0; i < 20_000; i++) await client.call("SET", `key:${i * 10 + 5}`, "y".repeat(40));
  const before = server.residentBytes();
  let peak = before;
  await client.call("BGSAVE");
  for (let i = 0;; i++) {
    await client.call("SET", `key:${(i * 7919) % (KEYS / 10) * 10 + 5}`, "z".repeat(40));
    if (i % 500 !== 0) continue;
    peak = Math.max(peak, server.residentBytes());
    const info = (await client.call("INFO", "persistence")).text!;
    if (info.includes("rdb_bgsave_in_progress:0\r")) break;
  }
  const share = (peak - before) / (before - empty) * 100;
  console.log(`a snapshot under writes takes ${share.toFixed(1)} % of the data's memory more`);
  Deno.removeSync(folder, { recursive: true });
}

await saveAndLoad();
await appendOnly();
await snapshotMemory();
