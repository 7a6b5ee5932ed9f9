/**
 * Reads an RDB file into the databases.
 *
 * @module
 */
import { type Database, PLAIN_STRING } from "../keyspace/database.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import { type ByteRange, copyRange, latin1 } from "../lib/bytes.ts";
import { EmptyValueError, LATEST_VERSION, Opcode, RDB_MAGIC, RdbError, RdbType } from "./format.ts";
import { type FunctionStore, noFunctions } from "./function_store.ts";
import { skipModuleData } from "./module_data.ts";
import { RdbReader } from "./reader.ts";
import { readValue } from "./value_reader.ts";

const HEADER_BYTES = 9;
const CHECKSUM_BYTES = 8;
/** How many empty keys are named in the log. */
const NAMES_OF_EMPTY = 10;
/** Files of this version and later end with a checksum. */
const CHECKSUM_VERSION = 5;

/** How to read a file. */
export interface ReadOptions {
  readonly checksChecksum: boolean;
  /** Whether keys that have expired are read like others. */
  readonly keepsExpired: boolean;
  /** Where the keys go; those of the keyspace, if not given. */
  readonly databases?: readonly Database[];
}

/** A key that had expired before it was read. */
export interface ExpiredKey {
  readonly database: number;
  readonly key: ByteRange;
}

/** Reads a file entry by entry into databases that hold none of its keys. */
export class RdbFileReader {
  /** Keys that were loaded. */
  keys = 0;
  /** Keys that had expired and were skipped. */
  expired = 0;
  /** Keys without elements, which were skipped, and the names of the first ones. */
  emptyKeys = 0;
  readonly namesOfEmpty: string[] = [];
  /** What else the file holds that is of no use here, for the log. */
  readonly skipped: string[] = [];
  /** The keys that had expired, if the file says which history its data is a state of. */
  readonly expiredKeys: ExpiredKey[] = [];
  /** Facts about the file, by name (RDB's auxiliary fields). */
  readonly facts: Map<string, string> = new Map();
  readonly #version: number;
  /** The key of the entry that is read, and the value if it is a string; shared, so that most entries make no objects. */
  readonly #key: ByteRange = { bytes: new Uint8Array(0), start: 0, length: 0 };
  readonly #value: ByteRange = { bytes: new Uint8Array(0), start: 0, length: 0 };
  readonly #databases: readonly Database[];
  #database: Database;

  /** Reads the head; throws {@link RdbError}. */
  constructor(
    private readonly keyspace: Keyspace,
    private readonly reader: RdbReader,
    private readonly functions: FunctionStore,
    private readonly options: ReadOptions,
  ) {
    this.#databases = options.databases ?? keyspace.databases;
    this.#database = this.#databases[0];
    this.#version = readVersion(reader);
  }

  /** Reads the next entry and whatever stands before it; returns false at the end. Throws {@link RdbError}; what was read before stays. */
  next(): boolean {
    const { reader } = this;
    let deadlineMs = 0;
    let frequency: number | undefined;
    let idleSeconds: number | undefined;
    for (;;) {
      const opcode = reader.byte();
      switch (opcode) {
        case Opcode.End:
          if (this.#version >= CHECKSUM_VERSION) this.#checkSum();
          return false;
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
          this.#fact();
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
          const selected = this.#databases[index];
          if (selected === undefined) throw reader.error(`Cannot load keys of database ${index}`);
          this.#database = selected;
          continue;
        }
        case Opcode.Functions:
          this.#functions();
          continue;
        case Opcode.EarlyFunctions:
          throw reader.error("Pre-release function format not supported.");
        case Opcode.Module:
          this.skipped.push(skipModuleData(reader));
          continue;
        default:
          this.#entry(opcode, deadlineMs, frequency, idleSeconds);
          return true;
      }
    }
  }

  #fact(): void {
    const name = textOf(this.reader.string());
    this.facts.set(name, textOf(this.reader.string()));
  }

  #functions(): void {
    const { bytes, length, start } = this.reader.string();
    this.functions.addText(bytes.slice(start, start + length));
  }

  #entry(
    type: number,
    deadlineMs: number,
    frequency: number | undefined,
    idleSeconds: number | undefined,
  ): void {
    const { keyspace, options, reader } = this;
    const database = this.#database;
    const key = reader.stringInto(this.#key);
    const { size } = database;
    if (type === RdbType.String) {
      database.putBlob(PLAIN_STRING, key, reader.stringInto(this.#value));
    } else if (!this.#collection(type)) return;
    if (database.size === size) throw reader.error("Cannot load a key that is there already");
    this.keys++;
    if (deadlineMs === 0 && frequency === undefined && idleSeconds === undefined) return;
    const entry = database.lookup(key.bytes, key.start, key.length);
    const { accessClock, entries } = keyspace;
    if (deadlineMs !== 0 && deadlineMs < keyspace.nowMs && !options.keepsExpired) {
      // Replicas that go on after a restart of their primary must be told which keys are gone.
      if (this.facts.has("repl-id")) {
        this.expiredKeys.push({ database: database.index, key: copyRange(key) });
      }
      database.delete(entry);
      this.keys--;
      this.expired++;
      return;
    }
    if (frequency !== undefined && accessClock.isLfu) {
      entries.setClock(entry, accessClock.withFrequency(frequency));
    } else if (idleSeconds !== undefined && !accessClock.isLfu) {
      entries.setClock(entry, accessClock.withIdle(idleSeconds));
    }
    if (deadlineMs !== 0) database.setDeadline(entry, deadlineMs);
  }

  /** Reads a value of several elements; false if it has none. */
  #collection(type: number): boolean {
    try {
      readValue(this.keyspace, this.#database, this.#key, type, this.reader);
      return true;
    } catch (error) {
      if (!(error instanceof EmptyValueError)) throw error;
      const { bytes, start, length } = this.#key;
      if (this.emptyKeys++ < NAMES_OF_EMPTY) {
        this.namesOfEmpty.push(latin1(bytes, start, length));
      }
      return false;
    }
  }

  #checkSum(): void {
    const { reader } = this;
    const checksum = reader.sum();
    const { bytes, start } = reader.raw(CHECKSUM_BYTES);
    const isUnknown = bytes.subarray(start, start + CHECKSUM_BYTES).every((byte) => byte === 0);
    if (!this.options.checksChecksum || isUnknown || checksum.matches(bytes, start)) return;
    const expected = new Uint8Array(CHECKSUM_BYTES);
    checksum.write(expected, 0);
    throw new RdbError(
      `RDB CRC error: Wrong RDB checksum expected: (${hex64(expected, 0)}) but got ` +
        `(${hex64(bytes, start)})`,
    );
  }
}

/** Reads a whole file from memory. If it throws {@link RdbError}, the server holds a part of it. */
export function readRdbFile(
  keyspace: Keyspace,
  bytes: Uint8Array,
  functions: FunctionStore = noFunctions,
): void {
  const reader = new RdbReader(bytes, 0, bytes.length);
  // Nothing may expire while the file is read. Expired keys are deleted when they are looked up, and these deletions are propagated.
  keyspace.withoutExpiry(() => {
    const options = { checksChecksum: true, keepsExpired: true };
    const file = new RdbFileReader(keyspace, reader, functions, options);
    while (file.next());
  });
}

function textOf({ bytes, start, length }: ByteRange): string {
  return latin1(bytes, start, length);
}

/** A number of eight bytes, least significant first, in hexadecimal. */
function hex64(bytes: Uint8Array, start: number): string {
  return new DataView(bytes.buffer, bytes.byteOffset + start).getBigUint64(0, true).toString(16);
}

function readVersion(reader: RdbReader): number {
  const { bytes, start } = reader.raw(HEADER_BYTES);
  const header = latin1(bytes, start, HEADER_BYTES);
  if (!header.startsWith(RDB_MAGIC)) {
    throw new RdbError("Wrong signature trying to load DB from file");
  }
  const version = /^REDIS(\d{4})$/.test(header) ? Number(header.slice(5)) : 0;
  if (version < 1 || version > LATEST_VERSION) {
    throw new RdbError(`Can't handle RDB format version ${header.slice(5)}`);
  }
  return version;
}
