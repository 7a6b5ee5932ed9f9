/**
 * The names of types and encodings, as TYPE and OBJECT ENCODING tell them.
 *
 * @module
 */
import type { Address } from "../../arena/memory.ts";
import { type Entries, StringEncoding, ValueType } from "../../keyspace/entry.ts";
import { HashEncoding } from "../../keyspace/hashes.ts";
import { ListEncoding } from "../../keyspace/lists.ts";
import { SortedSetEncoding } from "../../keyspace/sorted_sets.ts";
import { SetEncoding } from "../../keyspace/sets.ts";
import { parseBigInt64 } from "../../lib/integer.ts";

/** A string up to this long is embedded in its object in Redis: `embstr`. */
const MAX_EMBEDDED_BYTES = 44;

const NAMES: Readonly<Record<number, string>> = {
  [ValueType.String]: "string",
  [ValueType.List]: "list",
  [ValueType.Set]: "set",
  [ValueType.SortedSet]: "zset",
  [ValueType.Hash]: "hash",
  [ValueType.Stream]: "stream",
};

const SET_ENCODINGS: Readonly<Record<number, string>> = {
  [SetEncoding.Intset]: "intset",
  [SetEncoding.Listpack]: "listpack",
  [SetEncoding.Table]: "hashtable",
};

/** The name of a `ValueType`. */
export function typeName(type: number): string {
  return NAMES[type];
}

/** The name of an entry's encoding. Redis's `int`, `embstr` and `raw` follow from a string's bytes and how it came to be. */
export function encodingName(entries: Entries, entry: Address): string {
  if (entries.type(entry) === ValueType.Hash) {
    return entries.encoding(entry) === HashEncoding.Listpack ? "listpack" : "hashtable";
  }
  if (entries.type(entry) === ValueType.SortedSet) {
    return entries.encoding(entry) === SortedSetEncoding.Skiplist ? "skiplist" : "listpack";
  }
  if (entries.type(entry) === ValueType.List) {
    return entries.encoding(entry) === ListEncoding.Quicklist ? "quicklist" : "listpack";
  }
  if (entries.type(entry) === ValueType.Stream) return "stream";
  if (entries.type(entry) === ValueType.Set) return SET_ENCODINGS[entries.encoding(entry)];
  if (entries.encoding(entry) === StringEncoding.Raw) return "raw";
  const value = entries.value(entry);
  const mayBeInteger = entries.encoding(entry) === StringEncoding.Plain;
  if (mayBeInteger && parseBigInt64(value.bytes, value.start, value.length) !== undefined) {
    return "int";
  }
  return value.length <= MAX_EMBEDDED_BYTES ? "embstr" : "raw";
}
