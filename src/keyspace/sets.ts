/**
 * Sets, in one of three encodings.
 *
 *     Intset     the entry's value is an intset; all members are integers
 *     Listpack   the entry's value is a listpack of the members
 *     Table      the entry's value is the root of a `FieldDict` whose values are empty
 *
 * A member found is known by a *handle*: its index in the intset plus one, its offset in the listpack, or the address of its block. A
 * handle is valid until the set changes.
 *
 * @module
 */
import type { Address } from "../arena/memory.ts";
import {
  EMPTY_INTSET_BYTES,
  findInIntset,
  intsetAt,
  intsetCount,
  type IntsetValue,
  intsetWidth,
  widthOf,
  writeEmptyIntset,
  writeIntsetHeader,
  writeIntsetValue,
} from "../encodings/intset.ts";
import {
  elementBytes,
  EMPTY_LISTPACK_BYTES,
  findElement,
  LISTPACK_HEADER_BYTES,
  listpackCount,
  nextElement,
  readElement,
  writeElement,
  writeEmptyListpack,
  writeHeader,
} from "../encodings/listpack.ts";
import type { FieldDict } from "../encodings/field_dict.ts";
import { HeldBytes } from "../lib/byte_strings.ts";
import { type ByteRange, copyRange, fromLatin1 } from "../lib/bytes.ts";
import { parseBigInt64, parseInteger, writeInteger } from "../lib/integer.ts";
import type { RandomSource } from "../lib/random.ts";
import { type Database, type DatabaseParts, NO_TTL } from "./database.ts";
import { ROOT_BYTES } from "./entry.ts";
import type { FreeingSteps } from "./freeing_steps.ts";
import type { TypeOperations } from "./type_operations.ts";
import { ValueType } from "./value_type.ts";

/** The encodings of a set. */
export const SetEncoding = { Intset: 0, Listpack: 1, Table: 2 } as const;
type SetEncoding = typeof SetEncoding[keyof typeof SetEncoding];

const ENCODING_NAMES: Readonly<Record<SetEncoding, string>> = {
  [SetEncoding.Intset]: "intset",
  [SetEncoding.Listpack]: "listpack",
  [SetEncoding.Table]: "hashtable",
};

const INTSET: number = ValueType.Set | SetEncoding.Intset << 4;
const LISTPACK_SET: number = ValueType.Set | SetEncoding.Listpack << 4;
/** The kind of a large set. */
export const TABLE_SET: number = ValueType.Set | SetEncoding.Table << 4;

const END = 0xff;
const NOTHING: ByteRange = { bytes: new Uint8Array(0), start: 0, length: 0 };

/** A member of a set; see the module's comment. 0 is none. */
export type MemberHandle = number;

/** The integer that a member spells, or undefined. */
function integerOf({ bytes, start, length }: ByteRange): IntsetValue | undefined {
  const value = parseInteger(bytes, start, length);
  if (Number.isNaN(value)) return undefined;
  return Number.isSafeInteger(value) ? value : parseBigInt64(bytes, start, length);
}

/** What sets are kept in and found by. */
type SetsParts = Pick<DatabaseParts, "entries" | "hasher"> & { readonly tables: FieldDict };

/** Reads and changes sets. */
export class Sets implements TypeOperations {
  readonly typeName = "set";
  /** Most members of an intset (`set-max-intset-entries`). */
  maxIntsetEntries = 512;
  /** Most members of a listpack (`set-max-listpack-entries`). */
  maxListpackEntries = 128;
  /** Longest member of a listpack (`set-max-listpack-value`). */
  maxListpackValue = 64;
  readonly #held = new HeldBytes();
  /** The digits of the integer member that was read last. */
  readonly #digits: ByteRange = { bytes: new Uint8Array(24), start: 0, length: 0 };

  constructor(private readonly keyspace: SetsParts) {}

  /** Makes an empty set under a key that does not exist. Its encoding follows from the first member and from how many are added at once. */
  create(database: Database, key: ByteRange, first: ByteRange, additions = 1): Address {
    const isInteger = integerOf(first) !== undefined && additions <= this.maxIntsetEntries;
    const length = isInteger ? EMPTY_INTSET_BYTES : EMPTY_LISTPACK_BYTES;
    const kind = isInteger ? INTSET : LISTPACK_SET;
    const entry = database.put(kind, key.bytes, key.start, key.length, length, NO_TTL);
    const { bytes, start } = this.keyspace.entries.value(entry);
    if (isInteger) writeEmptyIntset(bytes, start);
    else writeEmptyListpack(bytes, start);
    return this.makeRoom(database, entry, additions);
  }

  /**
   * Converts the set to a table if `additions` members at once are too many for its encoding; returns the entry's address, which may have
   * changed.
   */
  makeRoom(database: Database, entry: Address, additions: number): Address {
    const encoding = this.keyspace.entries.encoding(entry);
    const isTooMany = encoding === SetEncoding.Intset && additions > this.maxIntsetEntries ||
      encoding === SetEncoding.Listpack && additions > this.maxListpackEntries;
    return isTooMany ? this.toTable(database, entry) : entry;
  }

  /** Makes a set of an intset that is sound, under a key that does not exist. */
  adoptIntset(database: Database, key: ByteRange, intset: ByteRange): Address {
    const entry = database.putBlob(INTSET, key, intset);
    return this.count(entry) > this.maxIntsetEntries ? this.toTable(database, entry) : entry;
  }

  /** Makes a set of a listpack that is sound, under a key that does not exist. */
  adoptListpack(database: Database, key: ByteRange, listpack: ByteRange): Address {
    const entry = database.putBlob(LISTPACK_SET, key, listpack);
    return this.count(entry) > this.maxListpackEntries ? this.toTable(database, entry) : entry;
  }

  /** Makes a set of the members of a table, at least one, under a key that does not exist. The table becomes the set's own or is freed. */
  adoptTable(database: Database, key: ByteRange, root: Address): Address {
    const { entries, tables } = this.keyspace;
    if (tables.count(root) > Math.max(this.maxIntsetEntries, this.maxListpackEntries)) {
      const entry = database.put(TABLE_SET, key.bytes, key.start, key.length, ROOT_BYTES, NO_TTL);
      entries.setRoot(entry, root);
      return entry;
    }
    let entry: Address = 0;
    tables.forEach(root, (element) => {
      const member = this.#held.hold(tables.field(element));
      if (entry === 0) entry = this.create(database, key, member);
      entry = this.add(database, entry, member);
    });
    tables.destroyAll(root);
    return entry;
  }

  /** Number of members. */
  count(entry: Address): number {
    const { entries, tables } = this.keyspace;
    const { bytes, start } = entries.value(entry);
    switch (entries.encoding(entry)) {
      case SetEncoding.Intset:
        return intsetCount(bytes, start);
      case SetEncoding.Listpack:
        return listpackCount(bytes, start);
      default:
        return tables.count(entries.root(entry));
    }
  }

  /** The member with these bytes; `hash` is their hash, if the caller knows it. */
  find(entry: Address, member: ByteRange, hash?: number): MemberHandle {
    const { entries, hasher, tables } = this.keyspace;
    const encoding = entries.encoding(entry);
    if (encoding === SetEncoding.Table) {
      const { bytes, start, length } = member;
      const known = hash ?? hasher.hash(bytes, start, length);
      return tables.find(entries.root(entry), known, bytes, start, length);
    }
    const { bytes, start } = entries.value(entry);
    if (encoding === SetEncoding.Intset) {
      const integer = integerOf(member);
      return integer === undefined ? 0 : Math.max(0, findInIntset(bytes, start, integer) + 1);
    }
    const at = findElement(bytes, start, member.bytes, member.start, member.length, 1);
    return at < 0 ? 0 : at - start;
  }

  /** A member's bytes, in an object that the next call may reuse. */
  member(entry: Address, handle: MemberHandle): ByteRange {
    const { entries, tables } = this.keyspace;
    const encoding = entries.encoding(entry);
    if (encoding === SetEncoding.Table) return tables.field(handle);
    const { bytes, start } = entries.value(entry);
    if (encoding === SetEncoding.Listpack) return readElement(bytes, start + handle);
    const integer = intsetAt(bytes, start, handle - 1);
    if (typeof integer === "number") {
      this.#digits.length = writeInteger(this.#digits.bytes, 0, integer);
    } else {
      const text = fromLatin1(integer.toString());
      this.#digits.bytes.set(text);
      this.#digits.length = text.length;
    }
    return this.#digits;
  }

  /** Adds a member that the set does not have and that does not lie in the arena; returns the entry's address, which may have changed. */
  add(database: Database, entry: Address, member: ByteRange): Address {
    const { entries, tables } = this.keyspace;
    switch (entries.encoding(entry)) {
      case SetEncoding.Table:
        tables.set(entries.root(entry), member, NOTHING);
        return entry;
      case SetEncoding.Listpack:
        return this.#fitsListpack(entry, member)
          ? this.#append(database, entry, member)
          : this.add(database, this.toTable(database, entry), member);
    }
    const integer = integerOf(member);
    if (integer !== undefined) {
      const grown = this.#insert(database, entry, integer);
      return this.count(grown) > this.maxIntsetEntries ? this.toTable(database, grown) : grown;
    }
    const fits = this.#fitsListpack(entry, member) &&
      this.#longestInteger(entry) <= this.maxListpackValue;
    const converted = fits ? this.#toListpack(database, entry) : this.toTable(database, entry);
    return this.add(database, converted, member);
  }

  /** Removes a member; returns the entry's address, which may have changed. The caller deletes the key if the set is empty then. */
  remove(database: Database, entry: Address, handle: MemberHandle): Address {
    const { entries, tables } = this.keyspace;
    const encoding = entries.encoding(entry);
    if (encoding === SetEncoding.Table) {
      const { bytes, start, length } = tables.field(handle);
      tables.remove(entries.root(entry), bytes, start, length);
      return entry;
    }
    const { bytes, start, length } = entries.value(entry);
    const isIntset = encoding === SetEncoding.Intset;
    const width = intsetWidth(bytes, start);
    const from = isIntset ? start + EMPTY_INTSET_BYTES + (handle - 1) * width : start + handle;
    const to = isIntset ? from + width : nextElement(bytes, from);
    const left = length - (to - from);
    bytes.copyWithin(from, to, start + length);
    if (isIntset) writeIntsetHeader(bytes, start, width, intsetCount(bytes, start) - 1);
    else writeHeader(bytes, start, left, listpackCount(bytes, start) - 1);
    return database.resizeValue(entry, left);
  }

  /** Visits every member. The visitor must not change the set. */
  forEach(entry: Address, visit: (handle: MemberHandle) => void): void {
    const { entries, tables } = this.keyspace;
    const encoding = entries.encoding(entry);
    if (encoding === SetEncoding.Table) return tables.forEach(entries.root(entry), visit);
    const count = this.count(entry);
    if (encoding === SetEncoding.Intset) {
      for (let handle = 1; handle <= count; handle++) visit(handle);
      return;
    }
    let handle = LISTPACK_HEADER_BYTES;
    for (let i = 0; i < count; i++) {
      visit(handle);
      // The value is looked up each time, because the visitor may allocate, and that may detach views.
      const { bytes, start } = entries.value(entry);
      handle = nextElement(bytes, start + handle) - start;
    }
  }

  /** As {@link forEach}, with the hash of each member. */
  forEachHashed(entry: Address, visit: (handle: MemberHandle, hash: number) => void): void {
    const { entries, hasher, tables } = this.keyspace;
    if (entries.encoding(entry) === SetEncoding.Table) {
      return tables.forEach(entries.root(entry), visit);
    }
    this.forEach(entry, (handle) => {
      const { bytes, start, length } = this.member(entry, handle);
      visit(handle, hasher.hash(bytes, start, length));
    });
  }

  /** Visits about `count` members from `cursor` on, all of them in a small set; returns the next cursor, 0 at the end. */
  scan(
    entry: Address,
    cursor: number,
    count: number,
    visit: (handle: MemberHandle) => void,
  ): number {
    const { entries, tables } = this.keyspace;
    if (entries.encoding(entry) === SetEncoding.Table) {
      return tables.scan(entries.root(entry), cursor, count, visit);
    }
    this.forEach(entry, visit);
    return 0;
  }

  /** A member chosen evenly at random. */
  random(entry: Address, random: RandomSource): MemberHandle {
    const { entries, tables } = this.keyspace;
    const encoding = entries.encoding(entry);
    if (encoding === SetEncoding.Table) return tables.random(entries.root(entry), random);
    let skipped = random.below(this.count(entry));
    if (encoding === SetEncoding.Intset) return skipped + 1;
    const { bytes, start } = entries.value(entry);
    let at = start + LISTPACK_HEADER_BYTES;
    while (skipped-- > 0) at = nextElement(bytes, at);
    return at - start;
  }

  /** Converts a set to a table; returns the entry's address, which may have changed. */
  toTable(database: Database, entry: Address): Address {
    const { entries, tables } = this.keyspace;
    const root = tables.create();
    for (const member of this.#copies(entry)) tables.set(root, member, NOTHING);
    const table = database.resizeValue(entry, ROOT_BYTES);
    entries.setEncoding(table, SetEncoding.Table);
    entries.setRoot(table, root);
    return table;
  }

  encodingName(entry: Address): string {
    return ENCODING_NAMES[this.keyspace.entries.encoding(entry) as SetEncoding];
  }

  dismantle(entry: Address): FreeingSteps | undefined {
    const { entries, tables } = this.keyspace;
    return this.#isTable(entry) ? tables.dismantle(entries.root(entry)) : undefined;
  }

  blocks(entry: Address): Iterable<Address> {
    const { entries, tables } = this.keyspace;
    return this.#isTable(entry) ? tables.allBlocks(entries.root(entry)) : [];
  }

  unshare(_database: Database, copy: Address): void {
    const { entries, tables } = this.keyspace;
    if (this.#isTable(copy)) entries.setRoot(copy, tables.copyAll(entries.root(copy)));
  }

  #isTable(entry: Address): boolean {
    return this.keyspace.entries.encoding(entry) === SetEncoding.Table;
  }

  #copies(entry: Address): ByteRange[] {
    const copies: ByteRange[] = [];
    this.forEach(entry, (handle) => copies.push(copyRange(this.member(entry, handle))));
    return copies;
  }

  /** Length of the longest member of an intset, in characters: its first or its last member. */
  #longestInteger(entry: Address): number {
    const count = this.count(entry);
    if (count === 0) return 0;
    return Math.max(this.member(entry, 1).length, this.member(entry, count).length);
  }

  /** Whether a listpack may hold the members there are and this one. */
  #fitsListpack(entry: Address, member: ByteRange): boolean {
    return this.count(entry) < this.maxListpackEntries && member.length <= this.maxListpackValue;
  }

  #toListpack(database: Database, entry: Address): Address {
    const { entries } = this.keyspace;
    const members = this.#copies(entry);
    let listpack = database.resizeValue(entry, EMPTY_LISTPACK_BYTES);
    entries.setEncoding(listpack, SetEncoding.Listpack);
    const { bytes, start } = entries.value(listpack);
    writeEmptyListpack(bytes, start);
    for (const member of members) listpack = this.#append(database, listpack, member);
    return listpack;
  }

  #append(database: Database, entry: Address, member: ByteRange): Address {
    const { entries } = this.keyspace;
    const length = entries.valueLength(entry);
    const size = elementBytes(member.bytes, member.start, member.length);
    const grown = database.resizeValue(entry, length + size);
    const { bytes, start } = entries.value(grown);
    const at = writeElement(bytes, start + length - 1, member.bytes, member.start, member.length);
    bytes[at] = END;
    writeHeader(bytes, start, length + size, listpackCount(bytes, start) + 1);
    return grown;
  }

  /** Inserts into an intset, widening all elements if the new one needs it. */
  #insert(database: Database, entry: Address, value: IntsetValue): Address {
    const { entries } = this.keyspace;
    const before = entries.value(entry);
    const count = intsetCount(before.bytes, before.start);
    const oldWidth = intsetWidth(before.bytes, before.start);
    const width = Math.max(oldWidth, widthOf(value));
    const index = -1 - findInIntset(before.bytes, before.start, value);
    const grown = database.resizeValue(entry, EMPTY_INTSET_BYTES + (count + 1) * width);
    const { bytes, start } = entries.value(grown);
    const data = start + EMPTY_INTSET_BYTES;
    if (width === oldWidth) {
      bytes.copyWithin(data + (index + 1) * width, data + index * width, data + count * width);
    } else {
      // Begins with the last element, so that nothing is overwritten before it is read.
      for (let i = count - 1; i >= 0; i--) {
        const target = i >= index ? i + 1 : i;
        writeIntsetValue(bytes, data + target * width, width, intsetAt(bytes, start, i));
      }
    }
    writeIntsetHeader(bytes, start, width, count + 1);
    writeIntsetValue(bytes, data + index * width, width, value);
    return grown;
  }
}
