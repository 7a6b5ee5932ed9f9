/**
 * `deno run -A tests/bench/eviction.ts`: how good a cache the server is beside redis-server. Reads of 100,000 keys by Zipf's law, each miss
 * followed by a write, with memory for about a fifth of them; prints the share of reads that hit.
 *
 * @module
 */
import { fromLatin1 } from "../../src/lib/bytes.ts";
import { SeededRandom } from "../../src/lib/random.ts";
import { encodeRequest } from "../../src/resp/request_writer.ts";
import { RespClient } from "../support/resp_client.ts";
import { MeasuredServer } from "./servers.ts";

const KEYS = 100_000;
const READS = 400_000;
const PIPELINE = 100;
const VALUE = "x".repeat(200);
const SHARE = 0.2;

/** Draws numbers below {@link KEYS} so that number n comes 1 / (n + 1) times as often as number 0. */
class Zipf {
  readonly #sums = new Float64Array(KEYS);
  readonly #random = new SeededRandom(1);

  constructor() {
    let sum = 0;
    for (let i = 0; i < KEYS; i++) this.#sums[i] = sum += 1 / (i + 1);
  }

  draw(): number {
    const wanted = this.#random.below(2 ** 30) / 2 ** 30 * this.#sums[KEYS - 1];
    let low = 0;
    let high = KEYS - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#sums[middle] < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

async function pipeline(client: RespClient, requests: string[][]) {
  for (const words of requests) await client.send(encodeRequest(words.map(fromLatin1)));
  const replies = [];
  for (let i = 0; i < requests.length; i++) replies.push(await client.read());
  return replies;
}

const used = async (client: RespClient) =>
  Number(/used_memory:(\d+)/.exec((await client.call("INFO", "memory")).text!)![1]);

async function hitRate(port: number, policy: string): Promise<{ rate: string; size: number }> {
  using client = await RespClient.connect(port);
  await client.call("CONFIG", "SET", "maxmemory", "0");
  await client.call("FLUSHALL");
  const stored = Array.from({ length: KEYS * SHARE }, (_, i) => ["SET", `key:${i}`, VALUE]);
  for (let i = 0; i < stored.length; i += PIPELINE) {
    await pipeline(client, stored.slice(i, i + PIPELINE));
  }
  const limit = await used(client);
  await client.call("CONFIG", "SET", "maxmemory-policy", policy, "maxmemory", `${limit}`);
  const zipf = new Zipf();
  let hits = 0;
  for (let i = 0; i < READS; i += PIPELINE) {
    const keys = Array.from({ length: PIPELINE }, () => `key:${zipf.draw()}`);
    const replies = await pipeline(client, keys.map((key) => ["GET", key]));
    const missed = keys.filter((_, j) => replies[j].text === undefined);
    // The first half only fills the cache.
    if (i >= READS / 2) hits += PIPELINE - missed.length;
    await pipeline(client, missed.map((key) => ["SET", key, VALUE]));
  }
  const size = Number((await client.call("DBSIZE")).text);
  return { rate: (hits * 100 / (READS / 2)).toFixed(1), size };
}

await using redis = await MeasuredServer.redis();
await using redeno = await MeasuredServer.redeno();
for (const policy of ["allkeys-lru", "allkeys-lfu", "allkeys-random"]) {
  const ours = await hitRate(redeno.port, policy);
  const theirs = await hitRate(redis.port, policy);
  const show = ({ rate, size }: typeof ours) => `${rate} % with ${size} keys`;
  console.log(`${policy.padEnd(16)} redeno ${show(ours)}   redis ${show(theirs)}`);
}
