/**
 * Hashes: fields with values, in one of three encodings.
 *
 *     Listpack   the entry's value is a listpack of fields and values in turn
 *     Table      the entry's value is the address (u32, little-endian) of the root of a `FieldDict`
 *     Volatile   the entry's value is the address of the root of `VolatileFields`: fields may have TTLs
 *
 * A field found is known by a *handle*: the offset of its element in the listpack, or the address of its block. A handle is valid until
 * the hash changes.
 *
 * @module
 */
import type { Address } from "../arena/memory.ts";
import {
  elementBytes,
  EMPTY_LISTPACK_BYTES,
  findElement,
  isEnd,
  LISTPACK_HEADER_BYTES,
  listpackCount,
  nextElement,
  readElement,
  writeElement,
  writeEmptyListpack,
  writeHeader,
} from "../encodings/listpack.ts";
import type { FieldDict } from "../encodings/field_dict.ts";
import { type ByteRange, copyRange } from "../lib/bytes.ts";
import type { RandomSource } from "../lib/random.ts";
import { type Database, NO_TTL } from "./database.ts";
import { type Entries, ROOT_BYTES } from "./entry.ts";
import type { FreeingSteps } from "./freeing_steps.ts";
import type { TypeOperations } from "./type_operations.ts";
import { ValueType } from "./value_type.ts";
import { NO_DEADLINE, VOLATILE_ENCODING, type VolatileFields } from "./volatile_fields.ts";

/** The encodings of a hash. */
export const HashEncoding = { Listpack: 0, Table: 1, Volatile: VOLATILE_ENCODING } as const;

/** The kind of a small hash, for `Database.put`. */
export const LISTPACK_HASH: number = ValueType.Hash | HashEncoding.Listpack << 4;
/** The kind of a large hash. */
export const TABLE_HASH: number = ValueType.Hash | HashEncoding.Table << 4;

const END = 0xff;

/** A field of a hash; see the module's comment. 0 is none. */
export type FieldHandle = number;

/** What hashes are kept in and found by. */
export interface HashesParts {
  readonly entries: Entries;
  readonly tables: FieldDict;
  readonly volatileFields: VolatileFields;
}

/** Reads and changes hashes. */
export class Hashes implements TypeOperations {
  readonly typeName = "hash";
  /** Most fields that a listpack holds (`hash-max-listpack-entries`). */
  maxListpackEntries = 512;
  /** Longest field or value that a listpack holds (`hash-max-listpack-value`). */
  maxListpackValue = 64;

  constructor(private readonly keyspace: HashesParts) {}

  /** Makes an empty hash under a key that does not exist. */
  create(database: Database, key: ByteRange): Address {
    const { bytes, start, length } = key;
    const entry = database.put(LISTPACK_HASH, bytes, start, length, EMPTY_LISTPACK_BYTES, NO_TTL);
    const value = this.keyspace.entries.value(entry);
    writeEmptyListpack(value.bytes, value.start);
    return entry;
  }

  /** Makes a hash of a listpack that is sound, under a key that does not exist. */
  adopt(database: Database, key: ByteRange, listpack: ByteRange): Address {
    const entry = database.putBlob(LISTPACK_HASH, key, listpack);
    return this.count(entry) > this.maxListpackEntries ? this.toTable(database, entry) : entry;
  }

  /** Number of fields. */
  count(entry: Address): number {
    const { bytes, start } = this.keyspace.entries.value(entry);
    return this.#isTable(entry)
      ? this.#dict(entry).count(this.#dictRoot(entry))
      : listpackCount(bytes, start) / 2;
  }

  /** The field with this name. */
  find(entry: Address, { bytes, start, length }: ByteRange): FieldHandle {
    if (this.#isTable(entry)) {
      return this.#dict(entry).findField(this.#dictRoot(entry), bytes, start, length);
    }
    const listpack = this.keyspace.entries.value(entry);
    const at = findElement(listpack.bytes, listpack.start, bytes, start, length, 2);
    return at < 0 ? 0 : at - listpack.start;
  }

  /** A field's name, in an object that the next call reuses. */
  field(entry: Address, handle: FieldHandle): ByteRange {
    if (this.#isTable(entry)) return this.#dict(entry).field(handle);
    const { bytes, start } = this.keyspace.entries.value(entry);
    return readElement(bytes, start + handle);
  }

  /** A field's value, in an object that the next call reuses. */
  value(entry: Address, handle: FieldHandle): ByteRange {
    if (this.#isTable(entry)) return this.#dict(entry).value(handle);
    const { bytes, start } = this.keyspace.entries.value(entry);
    return readElement(bytes, nextElement(bytes, start + handle));
  }

  /**
   * Sets a field and returns the entry's address, which may have changed. The ranges must not lie in the arena. A hash that outgrows the
   * limits becomes a table. The field loses its TTL, unless `keepsTtl`. O(1) for a table, O(bytes) for a listpack.
   */
  set(
    database: Database,
    entry: Address,
    field: ByteRange,
    value: ByteRange,
    keepsTtl = false,
  ): Address {
    const { entries, tables, volatileFields } = this.keyspace;
    switch (entries.encoding(entry)) {
      case HashEncoding.Table:
        tables.set(entries.root(entry), field, value);
        return entry;
      case HashEncoding.Volatile:
        volatileFields.set(database, entries.root(entry), field, value, keepsTtl);
        return entry;
    }
    if (Math.max(field.length, value.length) > this.maxListpackValue) {
      return this.set(database, this.toTable(database, entry), field, value);
    }
    const handle = this.find(entry, field);
    if (handle !== 0) return this.#replaceValue(database, entry, handle, value);
    const appended = this.#append(database, entry, field, value);
    return this.count(appended) > this.maxListpackEntries
      ? this.toTable(database, appended)
      : appended;
  }

  /** Removes a field; returns the entry's address, which may have changed. The caller deletes the key if the hash is empty then. */
  remove(database: Database, entry: Address, handle: FieldHandle): Address {
    const { entries, tables, volatileFields } = this.keyspace;
    if (entries.encoding(entry) === HashEncoding.Volatile) {
      volatileFields.remove(database, entries.root(entry), handle);
      return entry;
    }
    if (this.#isTable(entry)) {
      const { bytes, start, length } = tables.field(handle);
      tables.remove(entries.root(entry), bytes, start, length);
      return entry;
    }
    const { bytes, start, length } = entries.value(entry);
    const from = start + handle;
    const to = nextElement(bytes, nextElement(bytes, from));
    const count = listpackCount(bytes, start);
    bytes.copyWithin(from, to, start + length);
    writeHeader(bytes, start, length - (to - from), count - 2);
    return database.resizeValue(entry, length - (to - from));
  }

  /** Visits every field. The visitor must not change the hash. */
  forEach(entry: Address, visit: (handle: FieldHandle) => void): void {
    if (this.#isTable(entry)) {
      return this.#dict(entry).forEach(this.#dictRoot(entry), visit);
    }
    // The value is looked up each time, because the visitor may allocate, and that may detach views.
    for (let handle = LISTPACK_HEADER_BYTES;;) {
      const { bytes, start } = this.keyspace.entries.value(entry);
      if (isEnd(bytes, start + handle)) return;
      const next = nextElement(bytes, nextElement(bytes, start + handle)) - start;
      visit(handle);
      handle = next;
    }
  }

  /** Visits about `count` fields from `cursor` on, all of them in a listpack; returns the next cursor, 0 at the end. */
  scan(
    entry: Address,
    cursor: number,
    count: number,
    visit: (handle: FieldHandle) => void,
  ): number {
    if (this.#isTable(entry)) {
      return this.#dict(entry).scan(this.#dictRoot(entry), cursor, count, visit);
    }
    this.forEach(entry, visit);
    return 0;
  }

  /** A field chosen evenly at random. */
  random(entry: Address, random: RandomSource): FieldHandle {
    if (this.#isTable(entry)) {
      return this.#dict(entry).random(this.#dictRoot(entry), random);
    }
    let skipped = random.below(this.count(entry)) * 2;
    const { bytes, start } = this.keyspace.entries.value(entry);
    let at = start + LISTPACK_HEADER_BYTES;
    while (skipped-- > 0) at = nextElement(bytes, at);
    return at - start;
  }

  /** Makes a listpack a table; returns the entry's address, which may have changed. */
  toTable(database: Database, entry: Address): Address {
    const { entries, tables } = this.keyspace;
    const root = tables.create();
    this.#copyFields(entry, tables, root);
    const table = database.resizeValue(entry, ROOT_BYTES);
    entries.setEncoding(table, HashEncoding.Table);
    entries.setRoot(table, root);
    return table;
  }

  /** The earliest deadline of the fields, in milliseconds since 1970; infinite if no field has a TTL. */
  firstDeadline(entry: Address): number {
    const { entries, volatileFields } = this.keyspace;
    const isVolatile = entries.encoding(entry) === HashEncoding.Volatile;
    return isVolatile ? volatileFields.firstDeadline(entries.root(entry)) : Infinity;
  }

  /** A field's deadline, in milliseconds since 1970; 0 if it has no TTL. */
  deadline(entry: Address, handle: FieldHandle): number {
    const isVolatile = this.keyspace.entries.encoding(entry) === HashEncoding.Volatile;
    return isVolatile ? this.keyspace.volatileFields.dict.deadline(handle) : NO_DEADLINE;
  }

  /**
   * Gives a field a deadline, or takes it away with 0. {@link toVolatile} must have made the hash, unless there is no deadline to take
   * away.
   */
  setDeadline(database: Database, entry: Address, handle: FieldHandle, deadlineMs: number): void {
    const { entries, volatileFields } = this.keyspace;
    if (entries.encoding(entry) !== HashEncoding.Volatile) return;
    volatileFields.setDeadline(database, entries.root(entry), handle, deadlineMs);
  }

  /**
   * Converts a hash to the encoding whose fields may have TTLs; returns the entry's address, which may have changed. Handles are no longer
   * valid.
   */
  toVolatile(database: Database, entry: Address): Address {
    const { entries, tables, volatileFields } = this.keyspace;
    if (entries.encoding(entry) === HashEncoding.Volatile) return entry;
    const root = volatileFields.create();
    this.#copyFields(entry, volatileFields.dict, volatileFields.dictRoot(root));
    const table = this.#isTable(entry) ? entries.root(entry) : 0;
    const changed = database.resizeValue(entry, ROOT_BYTES);
    if (table !== 0) tables.destroyAll(table);
    entries.setEncoding(changed, HashEncoding.Volatile);
    entries.setRoot(changed, root);
    volatileFields.moved(root, changed);
    return changed;
  }

  encodingName(entry: Address): string {
    return this.#isTable(entry) ? "hashtable" : "listpack";
  }

  dismantle(entry: Address): FreeingSteps | undefined {
    const { entries, tables, volatileFields } = this.keyspace;
    if (!this.#isTable(entry)) return undefined;
    const isVolatile = entries.encoding(entry) === HashEncoding.Volatile;
    return (isVolatile ? volatileFields : tables).dismantle(entries.root(entry));
  }

  blocks(entry: Address): Iterable<Address> {
    const { entries, tables, volatileFields } = this.keyspace;
    if (!this.#isTable(entry)) return [];
    const isVolatile = entries.encoding(entry) === HashEncoding.Volatile;
    return (isVolatile ? volatileFields : tables).allBlocks(entries.root(entry));
  }

  unshare(database: Database, copy: Address): void {
    const { entries, tables, volatileFields } = this.keyspace;
    if (!this.#isTable(copy)) return;
    if (entries.encoding(copy) === HashEncoding.Table) {
      return entries.setRoot(copy, tables.copyAll(entries.root(copy)));
    }
    const deadlines = new Map<Address, number>();
    const root = volatileFields.create();
    const dictRoot = volatileFields.dictRoot(root);
    this.#copyFields(copy, volatileFields.dict, dictRoot, (handle, field) => {
      const deadlineMs = this.deadline(copy, handle);
      if (deadlineMs === NO_DEADLINE) return;
      const { bytes, start, length } = field;
      deadlines.set(volatileFields.dict.findField(dictRoot, bytes, start, length), deadlineMs);
    });
    entries.setRoot(copy, root);
    volatileFields.moved(root, copy);
    for (const [element, deadlineMs] of deadlines) {
      volatileFields.setDeadline(database, root, element, deadlineMs);
    }
  }

  /** Copies all fields of a hash into a dict; calls `each` with a field after it has been copied. */
  #copyFields(
    entry: Address,
    dict: FieldDict,
    root: Address,
    each?: (handle: FieldHandle, field: ByteRange) => void,
  ): void {
    this.forEach(entry, (handle) => {
      const field = copyRange(this.field(entry, handle));
      dict.set(root, field, copyRange(this.value(entry, handle)));
      each?.(handle, field);
    });
  }

  #isTable(entry: Address): boolean {
    return this.keyspace.entries.encoding(entry) !== HashEncoding.Listpack;
  }

  #dict(entry: Address): FieldDict {
    const isVolatile = this.keyspace.entries.encoding(entry) === HashEncoding.Volatile;
    return isVolatile ? this.keyspace.volatileFields.dict : this.keyspace.tables;
  }

  #dictRoot(entry: Address): Address {
    const { entries, volatileFields } = this.keyspace;
    const root = entries.root(entry);
    const isVolatile = entries.encoding(entry) === HashEncoding.Volatile;
    return isVolatile ? volatileFields.dictRoot(root) : root;
  }

  #replaceValue(
    database: Database,
    entry: Address,
    handle: FieldHandle,
    value: ByteRange,
  ): Address {
    const { entries } = this.keyspace;
    const before = entries.value(entry);
    const { length } = before;
    const valueAt = nextElement(before.bytes, before.start + handle) - before.start;
    const behind = nextElement(before.bytes, before.start + valueAt) - before.start;
    const size = elementBytes(value.bytes, value.start, value.length);
    const change = size - (behind - valueAt);
    const grown = change > 0 ? database.resizeValue(entry, length + change) : entry;
    const { bytes, start } = entries.value(grown);
    bytes.copyWithin(start + valueAt + size, start + behind, start + length);
    writeElement(bytes, start + valueAt, value.bytes, value.start, value.length);
    writeHeader(bytes, start, length + change, listpackCount(bytes, start));
    return change < 0 ? database.resizeValue(grown, length + change) : grown;
  }

  #append(database: Database, entry: Address, field: ByteRange, value: ByteRange): Address {
    const { entries } = this.keyspace;
    const { length } = entries.value(entry);
    const size = elementBytes(field.bytes, field.start, field.length) +
      elementBytes(value.bytes, value.start, value.length);
    const grown = database.resizeValue(entry, length + size);
    const { bytes, start } = entries.value(grown);
    const count = listpackCount(bytes, start);
    let at = start + length - 1;
    at = writeElement(bytes, at, field.bytes, field.start, field.length);
    at = writeElement(bytes, at, value.bytes, value.start, value.length);
    bytes[at] = END;
    writeHeader(bytes, start, length + size, count + 2);
    return grown;
  }
}
