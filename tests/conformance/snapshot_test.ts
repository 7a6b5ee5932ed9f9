/** BGSAVE: what is saved is what was there when it began, whatever changes meanwhile. */
import { assertEquals } from "@std/assert";
import { concat } from "@std/bytes";
import { datasetDigest } from "../../src/commands/server/dataset_digest.ts";
import { Keyspace } from "../../src/keyspace/keyspace.ts";
import { SeededRandom } from "../../src/lib/random.ts";
import { startServer } from "../../src/mod.ts";
import { readRdbFile } from "../../src/rdb/file_reader.ts";
import { RdbFileWriter } from "../../src/rdb/file_writer.ts";
import { Snapshot } from "../../src/keyspace/snapshot.ts";
import { effort } from "../support/effort.ts";
import { RespClient } from "../support/resp_client.ts";

const KEYS = 400;
const options = { compresses: true, hasChecksum: true, facts: {} };

/** A request that changes something, by chance. */
function randomRequest(random: SeededRandom): string[] {
  const key = () => `key:${random.below(KEYS)}`;
  const word = () => `word:${random.below(50)}`;
  const number = () => String(random.below(1000));
  const requests: (() => string[])[] = [
    () => ["SET", key(), word()],
    () => ["SET", key(), word(), "PXAT", String(Date.now() + 1e9)],
    () => ["APPEND", key(), word()],
    () => ["INCR", key()],
    () => ["SETRANGE", key(), number(), word()],
    () => ["SETBIT", key(), number(), "1"],
    () => ["HSET", key(), word(), word(), word(), "x".repeat(random.below(90))],
    () => ["HDEL", key(), word()],
    () => ["HINCRBY", key(), word(), "3"],
    () => ["HEXPIRE", key(), "100000", "FIELDS", "1", word()],
    () => ["RPUSH", key(), word(), "y".repeat(random.below(300))],
    () => ["LPUSH", key(), word()],
    () => ["LSET", key(), "0", word()],
    () => ["LPOP", key()],
    () => ["LMOVE", key(), key(), "LEFT", "RIGHT"],
    () => ["SADD", key(), word(), number()],
    () => ["SREM", key(), word()],
    () => ["SPOP", key()],
    () => ["SMOVE", key(), key(), word()],
    () => ["ZADD", key(), number(), word()],
    () => ["ZINCRBY", key(), "2", word()],
    () => ["ZPOPMIN", key()],
    () => ["ZUNIONSTORE", key(), "2", key(), key()],
    () => ["SUNIONSTORE", key(), key(), key()],
    () => ["SORT", key(), "ALPHA", "STORE", key()],
    () => ["XADD", key(), "*", word(), word()],
    () => ["XGROUP", "CREATE", key(), word(), "0"],
    () => ["XREADGROUP", "GROUP", word(), "me", "STREAMS", key(), ">"],
    () => ["XTRIM", key(), "MAXLEN", "3"],
    () => ["PFADD", key(), word()],
    () => ["PFCOUNT", key()],
    () => ["DEL", key(), key()],
    () => ["UNLINK", key()],
    () => ["RENAME", key(), key()],
    () => ["COPY", key(), key(), "REPLACE"],
    () => ["COPY", key(), key(), "DB", String(random.below(3)), "REPLACE"],
    () => ["MOVE", key(), String(random.below(3))],
    () => ["EXPIRE", key(), "100000"],
    () => ["EXPIRE", key(), "-1"],
    () => ["PERSIST", key()],
    () => ["GETDEL", key()],
    () => ["GETEX", key(), "EX", "100000"],
    () => ["SELECT", String(random.below(3))],
    () => ["MSET", key(), word(), key(), word()],
  ];
  return requests[random.below(requests.length)]();
}

for (let round = 0; round < 12 * effort; round++) {
  Deno.test(`a snapshot is of one moment, though everything changes (seed ${round})`, async () => {
    await using running = await startServer({ port: "0", "zset-max-listpack-entries": "8" });
    const { keyspace } = running.server;
    using client = await RespClient.connect(running.port);
    const random = new SeededRandom(round);
    for (let i = 0; i < 2000; i++) await client.call(...randomRequest(random));
    const expected = datasetDigest(keyspace);
    const pieces: Uint8Array[] = [];
    const writer = new RdbFileWriter(keyspace, options, (bytes) => pieces.push(bytes.slice()));
    const snapshot = new Snapshot(keyspace, writer);
    const upset = random.below(20);
    for (let i = 0; !snapshot.step(() => 1, 0); i++) {
      for (let j = 0; j < 30; j++) await client.call(...randomRequest(random));
      if (i !== upset) continue;
      const upsets = [["SWAPDB", "0", "2"], ["FLUSHDB"], ["FLUSHALL", "ASYNC"], ["PING"]];
      await client.call(...upsets[round % upsets.length]);
    }
    snapshot.end();
    writer.end();
    const loaded = new Keyspace(16, new SeededRandom(1));
    loaded.setTime(Date.now());
    readRdbFile(loaded, concat(pieces));
    assertEquals(datasetDigest(loaded), expected);
    assertEquals(keyspace.check().problems, []);
    assertEquals(loaded.check().problems, []);
  });
}
