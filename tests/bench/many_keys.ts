/**
 * Five million small strings: bytes a key, and the p99.9 of GET and SET among them.
 *
 * @module
 */
import { RespClient } from "../support/resp_client.ts";
import { cell, compare, type Rounds } from "./load.ts";
import type { Pair } from "./throughput.ts";
import type { MeasuredServer } from "./servers.ts";

const KEYS = 5_000_000;
const BATCH = 1000;
const MEGABYTE = 2 ** 20;

/** Fills a server, and prints what it takes; returns its resident memory in bytes. */
async function fill(server: MeasuredServer): Promise<number> {
  const before = server.residentBytes();
  using client = await RespClient.connect(server.port);
  const value = "v".repeat(64);
  const encoder = new TextEncoder();
  for (let first = 0; first < KEYS; first += BATCH) {
    let text = "";
    for (let i = first; i < first + BATCH; i++) {
      text += `*3\r\n$3\r\nSET\r\n$16\r\nkey:${String(i).padStart(12, "0")}\r\n$64\r\n${value}\r\n`;
    }
    await client.send(encoder.encode(text));
    for (let i = 0; i < BATCH; i++) await client.read();
  }
  console.log(
    `  ${server.name}: ${(server.residentBytes() / KEYS).toFixed(0)} bytes a key ` +
      `(the whole process; ${(before / MEGABYTE).toFixed(0)} MB of it when empty)`,
  );
  return server.residentBytes();
}

/** Fills both servers, and prints their ratios. */
export async function manyKeys({ ours, theirs }: Pair, rounds: Rounds): Promise<void> {
  console.log(`\n${KEYS} keys of 16 bytes with values of 64 bytes`);
  const other = await fill(theirs);
  console.log(`  ratio of memory: ${(await fill(ours) / other).toFixed(2)}`);
  for (const test of ["set", "get"]) {
    const load = { test, pipeline: 1, requests: 200_000, valueBytes: 64, keys: KEYS };
    const { p999Ms } = await compare(ours, theirs, load, rounds);
    console.log(`  ratio of p99.9, ${test}, P=1: ${cell(p999Ms)}`);
  }
}
