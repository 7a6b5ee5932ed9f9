/**
 * Constants of the RDB format.
 *
 * @module
 */

/** The version that this server writes: that of Redis 7.0, which 7.2 and later read too. */
export const WRITTEN_VERSION = 10;
/** The version of a value that has TTLs on fields, which 7.0 does not know. */
export const VOLATILE_FIELDS_VERSION = 12;
/** The latest version that this server reads: that of Redis 7.4. */
export const LATEST_VERSION = 12;

/** What every file begins with. */
export const RDB_MAGIC = "REDIS";

/** The types of values. */
export const RdbType = {
  String: 0,
  List: 1,
  Set: 2,
  /** Scores as text. */
  SortedSetText: 3,
  Hash: 4,
  /** Scores as doubles. */
  SortedSet: 5,
  HashZipmap: 9,
  ListZiplist: 10,
  SetIntset: 11,
  SortedSetZiplist: 12,
  HashZiplist: 13,
  /** Nodes are ziplists. */
  ListQuicklist: 14,
  StreamListpacks: 15,
  HashListpack: 16,
  SortedSetListpack: 17,
  /** Nodes are listpacks, or single strings. */
  ListQuicklist2: 18,
  /** The first id, the largest deleted id and the number of entries added are in it. */
  StreamListpacks2: 19,
  SetListpack: 20,
  /** As StreamListpacks2, with the time when each consumer was last active. */
  StreamListpacks3: 21,
  /** Fields have TTLs, in a form that only pre-releases of 7.4 wrote. */
  HashVolatileEarly: 22,
  /** As HashVolatileEarly, in a listpack. */
  HashVolatileListpackEarly: 23,
  /** Fields have TTLs, as distances from the earliest deadline. */
  HashVolatile: 24,
  /** Fields, values and deadlines in a listpack, behind the earliest deadline. */
  HashVolatileListpack: 25,
} as const;

/** What may stand in place of the type of a value. */
export const Opcode = {
  /** Marks the keys of a cluster's slot (7.4 and Valkey); three lengths follow. */
  Slot: 0xf4,
  /** A library of functions. */
  Functions: 0xf5,
  /** The same as release candidates of 7.0 wrote it. */
  EarlyFunctions: 0xf6,
  Module: 0xf7,
  /** Seconds for which the next key was idle. */
  Idle: 0xf8,
  /** LFU counter of the next key. */
  Frequency: 0xf9,
  /** A fact about the file: name and value. */
  Fact: 0xfa,
  /** How many keys follow, and how many of them with a TTL. */
  Sizes: 0xfb,
  DeadlineMs: 0xfc,
  DeadlineSeconds: 0xfd,
  SelectDatabase: 0xfe,
  End: 0xff,
} as const;

/** How a node of a quicklist is kept. */
export const NodeContainer = { Plain: 1, Packed: 2 } as const;

/** Special encodings of strings. */
export const StringForm = { Int8: 0, Int16: 1, Int32: 2, Lzf: 3 } as const;

/** Thrown when data breaks the format. Many messages are those of Redis 7.2, because people search logs for them. */
export class RdbError extends Error {
  override name = "RdbError";
}

/** Thrown when data ends too early. */
export class ShortReadError extends RdbError {
  override name = "ShortReadError";
}

/** Thrown for a collection without elements, after all of it was read: some versions of Redis have left such keys behind. */
export class EmptyValueError extends RdbError {
  override name = "EmptyValueError";
}
