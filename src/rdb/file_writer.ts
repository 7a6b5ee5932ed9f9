/**
 * Writes all databases as an RDB file.
 *
 * @module
 */
import type { Address } from "../arena/memory.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import { fromLatin1 } from "../lib/bytes.ts";
import { Crc64 } from "./crc64.ts";
import { Opcode, VOLATILE_FIELDS_VERSION, WRITTEN_VERSION } from "./format.ts";
import { rdbType, writePayload } from "./value_writer.ts";
import { RdbWriter } from "./writer.ts";

/** Bytes are handed on in pieces of about this size. */
const PIECE_BYTES = 2 ** 18;

/** How to write a file. */
export interface FileOptions {
  /** `rdbcompression`. */
  readonly compresses: boolean;
  /** `rdbchecksum`; without it a zero stands for the checksum. */
  readonly hasChecksum: boolean;
  /** Facts about the file, by name. */
  readonly facts: Readonly<Record<string, string>>;
}

/** Writes everything, in pieces that are valid only while `write` runs. */
export function writeRdbFile(
  keyspace: Keyspace,
  options: FileOptions,
  write: (bytes: Uint8Array) => void,
): void {
  const writer = new RdbWriter();
  writer.compresses = options.compresses;
  const checksum = new Crc64();
  const flush = () => {
    const { written } = writer;
    if (options.hasChecksum) checksum.update(written, 0, written.length);
    write(written);
    writer.clear();
  };
  const hasVolatileFields = keyspace.databases.some(({ fieldsRoot }) => fieldsRoot !== 0);
  const version = hasVolatileFields ? VOLATILE_FIELDS_VERSION : WRITTEN_VERSION;
  const magic = fromLatin1(`REDIS${String(version).padStart(4, "0")}`);
  writer.raw(magic, 0, magic.length);
  for (const [name, value] of Object.entries(options.facts)) {
    writer.byte(Opcode.Fact);
    writer.stringOf(fromLatin1(name));
    writer.stringOf(fromLatin1(value));
  }
  for (const database of keyspace.databases) {
    if (database.size === 0) continue;
    writer.byte(Opcode.SelectDatabase);
    writer.length(database.index);
    writer.byte(Opcode.Sizes);
    writer.length(database.size);
    writer.length(database.volatileSize);
    database.scan(0, Infinity, (entry) => {
      writeEntry(keyspace, entry, writer);
      if (writer.written.length >= PIECE_BYTES) flush();
    });
  }
  writer.byte(Opcode.End);
  flush();
  const sum = new Uint8Array(8);
  checksum.write(sum, 0);
  write(sum);
}

function writeEntry(keyspace: Keyspace, entry: Address, writer: RdbWriter): void {
  const { accessClock, entries } = keyspace;
  if (entries.hasTtl(entry)) {
    writer.byte(Opcode.DeadlineMs);
    writer.int64(entries.deadline(entry));
  }
  if (accessClock.isLfu) {
    writer.byte(Opcode.Frequency);
    writer.byte(accessClock.frequency(entries.clock(entry)));
  }
  writer.byte(rdbType(keyspace, entry));
  writer.string(entries.key(entry));
  writePayload(keyspace, entry, writer);
}
