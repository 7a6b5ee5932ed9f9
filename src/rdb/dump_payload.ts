/**
 * The payload of DUMP and RESTORE: a value in the RDB format with its type, the format's version, and a checksum.
 *
 *     u8 type | value | u16 version | u64 CRC-64 of all before
 *
 * @module
 */
import type { Address } from "../arena/memory.ts";
import type { Database } from "../keyspace/database.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import type { ByteRange } from "../lib/bytes.ts";
import { Crc64 } from "./crc64.ts";
import { LATEST_VERSION } from "./format.ts";
import { RdbReader } from "./reader.ts";
import { readValue } from "./value_reader.ts";
import { rdbType, versionFor, writePayload } from "./value_writer.ts";
import { RdbWriter } from "./writer.ts";

const VERSION_BYTES = 2;
const FOOTER_BYTES = 10;

/** Makes the payload for a value. */
export function dumpValue(keyspace: Keyspace, entry: Address, compresses: boolean): Uint8Array {
  const writer = new RdbWriter();
  writer.compresses = compresses;
  writer.byte(rdbType(keyspace, entry));
  writePayload(keyspace, entry, writer);
  return sealPayload(writer, versionFor(keyspace, entry));
}

/** Adds the footer to what was written; returns the payload. */
export function sealPayload(writer: RdbWriter, version: number): Uint8Array {
  writer.littleEndian(version, VERSION_BYTES);
  const { length } = writer.written;
  const checksum = new Crc64();
  checksum.update(writer.written, 0, length);
  writer.raw(new Uint8Array(FOOTER_BYTES - VERSION_BYTES), 0, FOOTER_BYTES - VERSION_BYTES);
  checksum.write(writer.written, length);
  return writer.written;
}

/** A payload without its footer. */
export function unsealed({ bytes, start, length }: ByteRange): ByteRange {
  return { bytes, start, length: length - FOOTER_BYTES };
}

/** Whether a payload's footer is right: a version that can be read, and, if `checks`, the checksum. */
export function isPayloadIntact({ bytes, start, length }: ByteRange, checks: boolean): boolean {
  if (length < FOOTER_BYTES) return false;
  const footer = start + length - FOOTER_BYTES;
  if ((bytes[footer] | bytes[footer + 1] << 8) > LATEST_VERSION) return false;
  if (!checks) return true;
  const checksum = new Crc64();
  checksum.update(bytes, start, length - (FOOTER_BYTES - VERSION_BYTES));
  return checksum.matches(bytes, footer + VERSION_BYTES);
}

/** Builds a payload's value under a key of a database that does not hold it. Throws `RdbError` if the value is broken. */
export function restoreValue(
  keyspace: Keyspace,
  database: Database,
  key: ByteRange,
  { bytes, start, length }: ByteRange,
): void {
  const reader = new RdbReader(bytes, start, start + length - FOOTER_BYTES);
  readValue(keyspace, database, key, reader.byte(), reader);
  if (!reader.isAtEnd) throw reader.error("Cannot read a value: something is left");
}
