/**
 * Reads an RDB file into the databases.
 *
 * @module
 */
import type { Database } from "../keyspace/database.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import { latin1 } from "../lib/bytes.ts";
import { Crc64 } from "./crc64.ts";
import { LATEST_VERSION, Opcode, RdbError } from "./format.ts";
import { RdbReader } from "./reader.ts";
import { readValue } from "./value_reader.ts";

const HEADER_BYTES = 9;
const CHECKSUM_BYTES = 8;
/** Files of this version and later end with a checksum. */
const CHECKSUM_VERSION = 5;

/** What was read. */
export interface LoadResult {
  /** Keys that are there now. */
  readonly keys: number;
  /** Keys that had expired, and were passed over. */
  readonly expired: number;
}

/** Reads a whole file into databases that are empty. Throws {@link RdbError}; then they hold a part of it. */
export function readRdbFile(
  keyspace: Keyspace,
  bytes: Uint8Array,
  checksChecksum: boolean,
): LoadResult {
  const version = versionOf(bytes);
  const reader = new RdbReader(bytes, HEADER_BYTES, bytes.length);
  // Nothing may go while it is read, not even a field whose time has come.
  keyspace.expiryEnabled = false;
  try {
    const result = readEntries(keyspace, reader);
    if (version >= CHECKSUM_VERSION) checkSum(bytes, reader, checksChecksum);
    return result;
  } finally {
    keyspace.expiryEnabled = true;
  }
}

function versionOf(bytes: Uint8Array): number {
  const header = latin1(bytes, 0, Math.min(HEADER_BYTES, bytes.length));
  if (!header.startsWith("REDIS")) {
    throw new RdbError("Wrong signature trying to load DB from file");
  }
  const version = /^REDIS(\d{4})$/.test(header) ? Number(header.slice(5)) : 0;
  if (version < 1 || version > LATEST_VERSION) {
    throw new RdbError(`Can't handle RDB format version ${header.slice(5)}`);
  }
  return version;
}

function checkSum(bytes: Uint8Array, reader: RdbReader, checksChecksum: boolean): void {
  const at = reader.position;
  const sum = reader.raw(CHECKSUM_BYTES);
  const isUnknown = bytes.subarray(sum.start, sum.start + CHECKSUM_BYTES).every((b) => b === 0);
  if (!checksChecksum || isUnknown) return;
  const checksum = new Crc64();
  checksum.update(bytes, 0, at);
  if (!checksum.matches(bytes, at)) throw new RdbError("Wrong RDB checksum: the file is damaged");
}

function readEntries(keyspace: Keyspace, reader: RdbReader): LoadResult {
  let database: Database = keyspace.databases[0];
  let deadlineMs = 0;
  let frequency: number | undefined;
  let idleSeconds: number | undefined;
  let [keys, expired] = [0, 0];
  for (;;) {
    const opcode = reader.byte();
    switch (opcode) {
      case Opcode.End:
        return { keys, expired };
      case Opcode.DeadlineSeconds:
        deadlineMs = (reader.littleEndian(4) | 0) * 1000;
        continue;
      case Opcode.DeadlineMs:
        deadlineMs = reader.int64();
        continue;
      case Opcode.Frequency:
        frequency = reader.byte();
        continue;
      case Opcode.Idle:
        idleSeconds = reader.length();
        continue;
      case Opcode.Fact:
        reader.string();
        reader.string();
        continue;
      case Opcode.Sizes:
        reader.length();
        reader.length();
        continue;
      case Opcode.Slot:
        for (let i = 0; i < 3; i++) reader.length();
        continue;
      case Opcode.SelectDatabase: {
        const index = reader.length();
        const selected = keyspace.databases[index];
        if (selected === undefined) throw reader.error(`Cannot load keys of database ${index}`);
        database = selected;
        continue;
      }
      case Opcode.Functions:
        throw reader.error("Cannot load functions: this server has none");
      case Opcode.Module:
        throw reader.error("Cannot load the data of a module");
    }
    const key = reader.string();
    if (database.lookup(key.bytes, key.start, key.length) !== 0) {
      throw reader.error("Cannot load a key that is there already");
    }
    readValue(keyspace, database, key, opcode, reader);
    const entry = database.lookup(key.bytes, key.start, key.length);
    const { accessClock, entries } = keyspace;
    if (deadlineMs !== 0 && deadlineMs < keyspace.nowMs) {
      database.delete(entry);
      expired++;
    } else {
      if (frequency !== undefined && accessClock.isLfu) {
        entries.setClock(entry, accessClock.withFrequency(frequency));
      } else if (idleSeconds !== undefined && !accessClock.isLfu) {
        entries.setClock(entry, accessClock.withIdle(idleSeconds));
      }
      if (deadlineMs !== 0) database.setDeadline(entry, deadlineMs);
      keys++;
    }
    deadlineMs = 0;
    frequency = idleSeconds = undefined;
  }
}
