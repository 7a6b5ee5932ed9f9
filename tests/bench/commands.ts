/**
 * `deno run -A tests/bench/commands.ts`: what one command costs inside the server, without a network: reading the request, running it,
 * writing the reply. In nanoseconds, for pipelines of 16 requests on 100,000 keys. For profiling; compare only runs on the same machine.
 *
 * @module
 */
import type { Connection } from "../../src/ports/connection.ts";
import { concat } from "@std/bytes";
import { fromLatin1 } from "../../src/lib/bytes.ts";
import { SeededRandom } from "../../src/lib/random.ts";
import { startServer } from "../../src/mod.ts";
import { encodeRequest } from "../../src/resp/request_writer.ts";

const KEYS = Number(Deno.args[0] ?? 100_000);
const PIPELINE = Number(Deno.args[1] ?? 16);
/** Only the loads whose names begin like this. */
const CHOSEN = Deno.args[2] ?? "";

await using running = await startServer({ port: "0" });
const { server } = running;

/** Takes replies and drops them. */
const sink: Connection = {
  remoteAddress: "127.0.0.1:1",
  localAddress: "127.0.0.1:2",
  isUnix: false,
  isLocal: true,
  pendingBytes: 0,
  send: (bytes) => server.recycle(bytes),
  drained: () => Promise.resolve(true),
  close: () => {},
};
const client = server.connect(sink)!;
const random = new SeededRandom(1);
const key = () => `key:${String(random.below(KEYS)).padStart(12, "0")}`;

const element = () => `element:${String(random.below(KEYS)).padStart(12, "0")}`;
const DATA = "xxx";

const loads: Record<string, () => string[]> = {
  "PING": () => ["PING"],
  "SET 64 B": () => ["SET", key(), "v".repeat(64)],
  "GET 64 B": () => ["GET", key()],
  "SET 1 KB": () => ["SET", key(), "v".repeat(1024)],
  "GET 1 KB": () => ["GET", key()],
  "SET EX": () => ["SET", key(), DATA, "EX", "1000"],
  "EXPIRE": () => ["EXPIRE", key(), `${1000 + random.below(1000)}`],
  "INCRBYFLOAT": () => ["INCRBYFLOAT", `float:${random.below(KEYS)}`, "1.5"],
  "INCR": () => ["INCR", `counter:${random.below(KEYS)}`],
  "GET missing": () => ["GET", `missing:${random.below(KEYS)}`],
  // From here on as redis-benchmark does it: one key, of which the loads make more or less.
  "LPUSH": () => ["LPUSH", "list", DATA],
  "RPUSH": () => ["RPUSH", "list", DATA],
  "LRANGE_100": () => ["LRANGE", "list", "0", "99"],
  "LRANGE_600": () => ["LRANGE", "list", "0", "599"],
  "LPOP": () => ["LPOP", "list"],
  "RPOP": () => ["RPOP", "list"],
  "SADD": () => ["SADD", "set", element()],
  "SPOP": () => ["SPOP", "set"],
  "HSET": () => ["HSET", "hash", element(), DATA],
  "ZADD new": () => ["ZADD", "zset", "0", `${element()}:${random.below(KEYS)}`],
  "ZADD scores": () => ["ZADD", "scored", `${random.below(1e6)}`, element()],
  "ZADD same": () => ["ZADD", "same", "0", element()],
  "ZPOPMIN": () => ["ZPOPMIN", "zset"],
  "XADD": () => ["XADD", "stream", "*", "myfield", DATA],
};

/** Lets the server write what it has to, and give the client its next turn: one that is held runs nothing. */
async function endOfRound(): Promise<void> {
  await undefined;
  while (client.holds !== 0) await new Promise((resolve) => setTimeout(resolve, 0));
}

for (const [name, make] of Object.entries(loads)) {
  if (!name.startsWith(CHOSEN)) continue;
  const batches = Array.from(
    { length: 20_000 / PIPELINE * 8 },
    () => concat(Array.from({ length: PIPELINE }, () => encodeRequest(make().map(fromLatin1)))),
  );
  let best = Infinity;
  for (let round = 0; round < 6; round++) {
    let spentMs = 0;
    for (const batch of batches) {
      const start = performance.now();
      client.reader.append(batch);
      server.loop.process(client);
      spentMs += performance.now() - start;
      await endOfRound();
    }
    best = Math.min(best, spentMs * 1e6 / batches.length / PIPELINE);
  }
  console.log(`${name.padEnd(12)} ${best.toFixed(0)} ns`);
}
