/**
 * `deno run -A tests/bench/stalls.ts`: how long a client waits for a PING while the server does something large, on this server and on
 * redis-server: the longest of many waits, in milliseconds. A second connection does the large thing.
 *
 * @module
 */
import { RespClient } from "../support/resp_client.ts";
import { MeasuredServer } from "./servers.ts";

const KEYS = 1_000_000;
const encoder = new TextEncoder();

/** Pings without a pause until `work` is done and `isOver` says so; returns the longest wait. */
async function longestWait(
  port: number,
  work: () => Promise<unknown>,
  isOver: () => Promise<boolean> = () => Promise.resolve(true),
): Promise<number> {
  using client = await RespClient.connect(port);
  let isDone = false;
  const working = work().then(() => isDone = true);
  let longest = 0;
  for (let i = 0;; i++) {
    const start = performance.now();
    await client.call("PING");
    longest = Math.max(longest, performance.now() - start);
    if (isDone && i % 100 === 0 && await isOver()) break;
  }
  await working;
  return longest;
}

async function fill(port: number, option: string): Promise<void> {
  using client = await RespClient.connect(port);
  for (let first = 0; first < KEYS; first += 500) {
    let text = "";
    for (let i = first; i < first + 500; i++) text += `SET key:${i} value:${i}${option}\r\n`;
    await client.send(encoder.encode(text));
    for (let i = 0; i < 500; i++) await client.read();
  }
}

async function isEmpty(port: number): Promise<boolean> {
  using client = await RespClient.connect(port);
  return (await client.call("DBSIZE")).text === "0";
}

/** Begins a BGSAVE, and writes to keys at random places for a while. */
async function saveWhileWriting(port: number): Promise<void> {
  using client = await RespClient.connect(port);
  await client.call("BGSAVE");
  for (let i = 0; i < 20_000; i++) {
    await client.call("SET", `key:${(i * 7919) % KEYS}`, "another value");
  }
}

async function isSaved(port: number): Promise<boolean> {
  using client = await RespClient.connect(port);
  const info = (await client.call("INFO", "persistence")).text!;
  return info.includes("rdb_bgsave_in_progress:0\r");
}

/** Fills memory to its limit, and writes on: each write has to delete something. Returns by how much the limit was exceeded at most, in bytes. */
async function writeBeyondLimit(port: number): Promise<number> {
  using client = await RespClient.connect(port);
  const used = async () =>
    Number(/used_memory:(\d+)/.exec((await client.call("INFO", "memory")).text!)![1]);
  const limit = await used();
  await client.call("CONFIG", "SET", "maxmemory-policy", "allkeys-lru", "maxmemory", `${limit}`);
  let excess = 0;
  for (let first = 0; first < 100_000; first += 100) {
    let text = "";
    for (let i = first; i < first + 100; i++) text += `SET new:${i} ${"x".repeat(500)}\r\n`;
    await client.send(encoder.encode(text));
    for (let i = 0; i < 100; i++) await client.read();
    excess = Math.max(excess, await used() - limit);
  }
  await client.call("CONFIG", "SET", "maxmemory", "0");
  return excess;
}

console.log(`Longest wait for a PING, in ms, with ${KEYS} keys\n`);
console.log("| while | redeno | redis-server |\n| --- | --- | --- |");
const rows: Record<string, number[]> = {};
for (const start of [() => MeasuredServer.redeno(), () => MeasuredServer.redis()]) {
  await using server = await start();
  const { port } = server;
  const note = (what: string, ms: number) => (rows[what] ??= []).push(ms);
  using admin = await RespClient.connect(port);
  note("keys are added", await longestWait(port, () => fill(port, "")));
  const save = () => saveWhileWriting(port);
  note("BGSAVE runs and keys are written", await longestWait(port, save, () => isSaved(port)));
  const storm = async () => {
    const excess = await writeBeyondLimit(port);
    note("(memory beyond the limit then, in KB)", excess / 1024);
  };
  note("writes evict keys at the memory limit", await longestWait(port, storm));
  const flush = () => admin.call("FLUSHALL", "ASYNC");
  note("FLUSHALL ASYNC frees them", await longestWait(port, flush, () => isEmpty(port)));
  await fill(port, ` PXAT ${Date.now() + 20_000}`);
  note(
    "all expire in the same moment",
    await longestWait(port, () => Promise.resolve(), () => isEmpty(port)),
  );
}
for (const [what, [ours, theirs]] of Object.entries(rows)) {
  console.log(`| ${what} | ${ours.toFixed(1)} | ${theirs.toFixed(1)} |`);
}
