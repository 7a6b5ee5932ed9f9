/**
 * What the readers of values have in common.
 *
 * @module
 */
import { isListpackSound, listpackCount } from "../encodings/listpack.ts";
import type { Database } from "../keyspace/database.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import type { ByteRange } from "../lib/bytes.ts";
import type { RdbReader } from "./reader.ts";

/** What is read, and where it goes. */
export interface Target {
  readonly keyspace: Keyspace;
  readonly database: Database;
  readonly key: ByteRange;
  readonly reader: RdbReader;
}

/** Reads a listpack that is sound and not empty. Throws `RdbError`. */
export function readListpack(reader: RdbReader): ByteRange {
  const listpack = reader.string();
  const { bytes, start, length } = listpack;
  if (!isListpackSound(bytes, start, length) || listpackCount(bytes, start) === 0) {
    throw reader.error("Cannot read a listpack");
  }
  return listpack;
}
