/**
 * Rebuilds all data from an RDB file in memory (DEBUG RELOAD).
 *
 * @module
 */
import type { Keyspace } from "../keyspace/keyspace.ts";
import { readRdbFile } from "./file_reader.ts";
import type { FunctionStore } from "./function_store.ts";
import { RdbFileWriter } from "./file_writer.ts";
import { writeAll } from "../keyspace/snapshot.ts";

/** Writes all data as an RDB file in memory, deletes the data, and reads the file back. */
export function reloadAll(keyspace: Keyspace, functions: FunctionStore): void {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  const options = { compresses: true, hasChecksum: true, facts: {}, functions: functions.texts() };
  const writer = new RdbFileWriter(keyspace, options, (bytes) => {
    pieces.push(bytes.slice());
    length += bytes.length;
  });
  writeAll(keyspace, writer);
  const file = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    file.set(piece, at);
    at += piece.length;
  }
  for (const database of keyspace.databases) database.clear();
  functions.clear();
  readRdbFile(keyspace, file, functions);
}
