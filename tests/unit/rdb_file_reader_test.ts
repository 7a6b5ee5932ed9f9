/** The reader of RDB files gets its bytes in pieces of every size, and must not notice. */
import { assertEquals, assertThrows } from "@std/assert";
import { concat } from "@std/bytes";
import { datasetDigest } from "../../src/commands/server/dataset_digest.ts";
import { Keyspace } from "../../src/keyspace/keyspace.ts";
import { SeededRandom } from "../../src/lib/random.ts";
import { noFunctions } from "../../src/rdb/function_store.ts";
import { RdbFileReader } from "../../src/rdb/file_reader.ts";
import { RdbFileWriter } from "../../src/rdb/file_writer.ts";
import { RdbError } from "../../src/rdb/format.ts";
import { RdbReader } from "../../src/rdb/reader.ts";
import { writeAll } from "../../src/keyspace/snapshot.ts";
import { effort } from "../support/effort.ts";
import { LocalServer } from "../support/local_server.ts";
import { MemoryHost } from "../support/memory_host.ts";
import { randomUnit } from "../support/random_writes.ts";

/** A file with values of every type, small and large, some compressed. */
function someFile(seed: number): { file: Uint8Array; digest: string } {
  const local = new LocalServer(new MemoryHost(), { "hash-max-listpack-entries": "4" });
  const random = new SeededRandom(seed);
  for (let i = 0; i < 150; i++) local.run(...randomUnit(random));
  local.run(["SELECT", "0"], ["SET", "long", "letters and ".repeat(400)], ["SET", "int", "-12345"]);
  local.run(["HSET", "fields", "a", "1", "b", "2"]);
  local.run(["HPEXPIREAT", "fields", "33000000000000", "FIELDS", "1", "a"]);
  local.run(["RPUSH", "list", ...Array.from({ length: 300 }, (_, i) => `element ${i * i}`)]);
  const pieces: Uint8Array[] = [];
  const options = { compresses: true, hasChecksum: true, facts: { fact: "x" } };
  const { keyspace } = local.server;
  const writer = new RdbFileWriter(keyspace, options, (bytes) => pieces.push(bytes.slice()));
  writeAll(keyspace, writer);
  return { file: concat(pieces), digest: local.digest() };
}

/** Loads a file of which each read brings at most `readBytes()`, though `pieceBytes` are asked for. */
function load(file: Uint8Array, pieceBytes: number, headBytes: number, readBytes: () => number) {
  let at = headBytes;
  const read = (buffer: Uint8Array) => {
    const piece = file.subarray(at, at + Math.min(buffer.length, readBytes()));
    buffer.set(piece);
    at += piece.length;
    return piece.length;
  };
  const keyspace = new Keyspace(16, new SeededRandom(1));
  keyspace.setTime(Date.UTC(2024, 0, 1));
  keyspace.expiryEnabled = false;
  const reader = new RdbReader(file.slice(0, headBytes), 0, headBytes, read, pieceBytes);
  const entries = new RdbFileReader(keyspace, reader, noFunctions, {
    checksChecksum: true,
    keepsExpired: false,
  });
  while (entries.next());
  return { keyspace, position: reader.position };
}

Deno.test("an RDB file is read the same in pieces of every size", () => {
  const random = new SeededRandom(effort);
  for (let round = 0; round < 4 * effort; round++) {
    const { file, digest } = someFile(round + effort);
    for (let i = 0; i < 60; i++) {
      const pieceBytes = i < 20 ? i + 1 : 1 + random.below(file.length + 2);
      const longest = i % 3 === 0 ? Infinity : 1 + random.below(2 * pieceBytes);
      const readBytes = () => longest === Infinity ? Infinity : 1 + random.below(longest);
      const headBytes = i % 2 === 0 ? 5 : random.below(file.length);
      const { keyspace, position } = load(file, pieceBytes, headBytes, readBytes);
      assertEquals(datasetDigest(keyspace), digest, `pieces of ${pieceBytes}, head ${headBytes}`);
      assertEquals(position, file.length);
    }
  }
});

Deno.test("an RDB file that ends anywhere is refused, whatever its pieces", () => {
  const { file } = someFile(3);
  for (let length = 0; length < file.length; length += length < 200 ? 1 : 97) {
    for (const pieceBytes of [1, 64, 2 ** 20]) {
      assertThrows(() => load(file.subarray(0, length), pieceBytes, 0, () => Infinity), RdbError);
    }
  }
});
