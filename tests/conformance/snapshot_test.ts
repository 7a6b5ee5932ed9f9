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
import { randomChange } from "../support/random_changes.ts";
import { RespClient } from "../support/resp_client.ts";

const options = { compresses: true, hasChecksum: true, facts: {} };

for (let round = 0; round < 12 * effort; round++) {
  Deno.test(`a snapshot is of one moment, though everything changes (seed ${round})`, async () => {
    await using running = await startServer({ port: "0", "zset-max-listpack-entries": "8" });
    const { keyspace } = running.server;
    using client = await RespClient.connect(running.port);
    const random = new SeededRandom(round);
    for (let i = 0; i < 2000; i++) await client.call(...randomChange(random, 400));
    const expected = datasetDigest(keyspace);
    const pieces: Uint8Array[] = [];
    const writer = new RdbFileWriter(keyspace, options, (bytes) => pieces.push(bytes.slice()));
    const snapshot = new Snapshot(keyspace, writer);
    const upset = random.below(20);
    for (let i = 0; !snapshot.step(() => 1, 0); i++) {
      for (let j = 0; j < 30; j++) await client.call(...randomChange(random, 400));
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
