/**
 * Writes an RDB file.
 *
 * @module
 */
import type { Address } from "../arena/memory.ts";
import type { Database } from "../keyspace/database.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import { fromLatin1 } from "../lib/bytes.ts";
import { Crc64 } from "./crc64.ts";
import { Opcode, VOLATILE_FIELDS_VERSION, WRITTEN_VERSION } from "./format.ts";
import { writeFunctions } from "./function_store.ts";
import { rdbType, writePayload } from "./value_writer.ts";
import { RdbWriter } from "./writer.ts";

/** Bytes are passed on in pieces of about this size. */
const PIECE_BYTES = 2 ** 18;

/** How to write a file. */
export interface FileOptions {
  /** `rdbcompression`. */
  readonly compresses: boolean;
  /** `rdbchecksum`; without it a zero stands for the checksum. */
  readonly hasChecksum: boolean;
  /** Facts about the file, by name (RDB's auxiliary fields). */
  readonly facts: Readonly<Record<string, string>>;
  /** The texts of libraries of functions; there may be none. */
  readonly functions?: readonly Uint8Array[];
  /** Whether no entries will come, though there are keys. */
  readonly withoutData?: boolean;
}

/** Writes a file piece by piece: a head, entries in any order, an end. */
export class RdbFileWriter {
  readonly #writer = new RdbWriter();
  readonly #checksum = new Crc64();
  /** The database that was selected last. */
  #selected: Database | undefined;

  /** `write` takes the pieces; each is valid only during the call. */
  constructor(
    private readonly keyspace: Keyspace,
    private readonly options: FileOptions,
    private readonly write: (bytes: Uint8Array) => void,
  ) {
    this.#writer.compresses = options.compresses;
  }

  /** Writes what comes before the entries. */
  begin(): void {
    const writer = this.#writer;
    const databases = this.options.withoutData ? [] : this.keyspace.databases;
    const hasVolatileFields = databases.some(({ fieldsRoot }) => fieldsRoot !== 0);
    const version = hasVolatileFields ? VOLATILE_FIELDS_VERSION : WRITTEN_VERSION;
    const magic = fromLatin1(`REDIS${String(version).padStart(4, "0")}`);
    writer.raw(magic, 0, magic.length);
    for (const [name, value] of Object.entries(this.options.facts)) {
      writer.byte(Opcode.Fact);
      writer.stringOf(fromLatin1(name));
      writer.stringOf(fromLatin1(value));
    }
    writeFunctions(writer, this.options.functions ?? []);
    for (const database of databases) {
      if (database.size === 0) continue;
      this.#select(database);
      writer.byte(Opcode.Sizes);
      writer.length(database.size);
      writer.length(database.volatileSize);
    }
  }

  /** Writes an entry of a database. */
  entry(database: Database, entry: Address): void {
    if (database !== this.#selected) this.#select(database);
    writeEntry(this.keyspace, entry, this.#writer);
    if (this.#writer.written.length >= PIECE_BYTES) this.#flush();
  }

  /** Writes what comes after the entries. */
  end(): void {
    this.#writer.byte(Opcode.End);
    this.#flush();
    const sum = new Uint8Array(8);
    this.#checksum.write(sum, 0);
    this.write(sum);
  }

  #select(database: Database): void {
    this.#selected = database;
    this.#writer.byte(Opcode.SelectDatabase);
    this.#writer.length(database.index);
  }

  #flush(): void {
    const { written } = this.#writer;
    if (this.options.hasChecksum) this.#checksum.update(written, 0, written.length);
    this.write(written);
    this.#writer.clear();
  }
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
