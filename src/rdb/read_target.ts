/**
 * What the readers of values have in common.
 *
 * @module
 */
import { isListpackSound, listpackCount } from "../encodings/listpack.ts";
import type { Database } from "../keyspace/database.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import type { ByteRange } from "../lib/bytes.ts";
import type { RdbError } from "./format.ts";
import type { RdbReader } from "./reader.ts";

/** The source and the destination of a value that is read. */
export interface Target {
  readonly keyspace: Keyspace;
  readonly database: Database;
  readonly key: ByteRange;
  readonly reader: RdbReader;
}

/** Reads a listpack and checks that it is sound. Throws `RdbError`, whose message says `what` it holds. */
export function readListpack(reader: RdbReader, what: string): ByteRange {
  const listpack = reader.string();
  if (!isListpackSound(listpack.bytes, listpack.start, listpack.length)) {
    throw brokenEncoding(reader, what);
  }
  return listpack;
}

/** As {@link readListpack}; throws `EmptyValueError` if it has no elements. */
export function readFullListpack(reader: RdbReader, what: string): ByteRange {
  const listpack = readListpack(reader, what);
  if (listpackCount(listpack.bytes, listpack.start) === 0) throw reader.emptyValue();
  return listpack;
}

/** The error about a value in one piece that is not sound. */
export function brokenEncoding(reader: RdbReader, what: string): RdbError {
  return reader.error(`${what} integrity check failed`);
}
