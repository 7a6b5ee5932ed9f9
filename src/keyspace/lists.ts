/**
 * Lists, in one of two encodings.
 *
 *     Listpack    the entry's value is a listpack of the elements
 *     Quicklist   the entry's value is the root of a `Quicklist`
 *
 * The listpack of a small list counts as the only node of the list, number 0. A *position* is a node and an offset in its listpack.
 *
 * @module
 */
import type { Arena } from "../arena/arena.ts";
import type { Address } from "../arena/memory.ts";
import {
  elementBytes,
  EMPTY_LISTPACK_BYTES,
  findElement,
  insertElement,
  isEnd,
  LISTPACK_HEADER_BYTES,
  listpackBytes,
  listpackCount,
  nextElement,
  previousElement,
  readElement,
  removeElements,
  seekElement,
  writeEmptyListpack,
  writeHeader,
} from "../encodings/listpack.ts";
import { LONG_LIST_NODES, Quicklist } from "../encodings/quicklist.ts";
import type { ByteRange } from "../lib/bytes.ts";
import { type Database, NO_TTL } from "./database.ts";
import { type Entries, ROOT_BYTES } from "./entry.ts";
import type { TypeOperations } from "./type_operations.ts";
import { ValueType } from "./value_type.ts";

/** The encodings of a list. */
export const ListEncoding = { Listpack: 0, Quicklist: 1 } as const;

const LISTPACK_LIST: number = ValueType.List | ListEncoding.Listpack << 4;
/** The kind of a long list. */
export const QUICKLIST: number = ValueType.List | ListEncoding.Quicklist << 4;

/** Bytes of a node for the sizes -1 to -5 of `list-max-listpack-size`. */
const SIZE_LIMITS = [4096, 8192, 16384, 32768, 65536];
/** Most bytes of a node whose limit is a number of elements. */
const SAFE_BYTES = 8192;

/** An end of a list. */
export type ListEnd = "head" | "tail";

/** Where an element stands; valid until the list changes. */
export interface ListPosition {
  readonly node: Address;
  readonly offset: number;
}

/** What lists are kept in and found by. */
export interface ListsParts {
  readonly arena: Arena;
  readonly entries: Entries;
}

/** Reads and changes lists. */
export class Lists implements TypeOperations {
  readonly typeName = "list";
  /** Operations on the chains of long lists. */
  readonly quicklists: Quicklist;
  #maxListpackSize = -2;
  /** Most bytes and elements of a listpack, which follow from {@link maxListpackSize}. */
  #maxBytes = SIZE_LIMITS[1];
  #maxCount = Infinity;

  constructor(private readonly keyspace: ListsParts) {
    this.quicklists = new Quicklist(keyspace.arena);
  }

  /** `list-max-listpack-size`: below zero one of five sizes in bytes, else a number of elements. */
  get maxListpackSize(): number {
    return this.#maxListpackSize;
  }

  set maxListpackSize(size: number) {
    this.#maxListpackSize = size;
    this.#maxBytes = size < 0 ? SIZE_LIMITS[Math.min(-size, SIZE_LIMITS.length) - 1] : SAFE_BYTES;
    this.#maxCount = size < 0 ? Infinity : Math.max(1, size);
  }

  /** Makes an empty list under a key that does not exist. */
  create(database: Database, key: ByteRange): Address {
    const { bytes, start, length } = key;
    const entry = database.put(LISTPACK_LIST, bytes, start, length, EMPTY_LISTPACK_BYTES, NO_TTL);
    const value = this.keyspace.entries.value(entry);
    writeEmptyListpack(value.bytes, value.start);
    return entry;
  }

  /** Makes a list of one or more listpacks, all sound and not empty, under a key that does not exist. */
  adopt(database: Database, key: ByteRange, listpacks: readonly ByteRange[]): Address {
    const [first] = listpacks;
    const count = listpackCount(first.bytes, first.start);
    if (listpacks.length === 1 && !this.#exceeds(first.length, count)) {
      return database.putBlob(LISTPACK_LIST, key, first);
    }
    const { quicklists } = this;
    const root = quicklists.create();
    for (const { bytes, start, length } of listpacks) {
      quicklists.append(root, bytes, start, length);
    }
    const entry = database.put(QUICKLIST, key.bytes, key.start, key.length, ROOT_BYTES, NO_TTL);
    this.keyspace.entries.setRoot(entry, root);
    return entry;
  }

  /** Visits the listpacks that a list consists of, in order. The range is overwritten by the next. */
  forEachListpack(entry: Address, visit: (listpack: ByteRange) => void): void {
    if (!this.#isQuicklist(entry)) return visit(this.keyspace.entries.value(entry));
    const { quicklists } = this;
    const root = this.keyspace.entries.root(entry);
    for (let node = quicklists.head(root); node !== 0; node = quicklists.next(node)) {
      const [bytes, start] = [quicklists.bytes(node), quicklists.start(node)];
      visit({ bytes, start, length: listpackBytes(bytes, start) });
    }
  }

  /** Number of nodes. */
  nodeCount(entry: Address): number {
    return this.#isQuicklist(entry) ? this.quicklists.nodes(this.keyspace.entries.root(entry)) : 1;
  }

  /** Number of elements. */
  count(entry: Address): number {
    const { entries } = this.keyspace;
    if (this.#isQuicklist(entry)) return this.quicklists.count(entries.root(entry));
    const { bytes, start } = entries.value(entry);
    return listpackCount(bytes, start);
  }

  /** The element at a position, in an object that the next call reuses. */
  value(entry: Address, { node, offset }: ListPosition): ByteRange {
    const { bytes, start } = this.#listpack(entry, node);
    return readElement(bytes, start + offset);
  }

  /** Position of the element number `index`, negative from the end; undefined if there is none. O(nodes). */
  at(entry: Address, index: number): ListPosition | undefined {
    const count = this.count(entry);
    if (index >= count || index < -count) return undefined;
    const fromHead = index < 0 ? index + count : index;
    const isNearHead = fromHead * 2 < count;
    let node = 0;
    let inNode = fromHead;
    if (this.#isQuicklist(entry)) {
      const { quicklists } = this;
      const root = this.keyspace.entries.root(entry);
      node = quicklists.seek(root, isNearHead ? fromHead : count - 1 - fromHead, isNearHead);
      const { soughtIndex } = quicklists;
      inNode = isNearHead ? soughtIndex : quicklists.nodeCount(node) - 1 - soughtIndex;
    }
    const { bytes, start } = this.#listpack(entry, node);
    const length = listpackCount(bytes, start);
    // Counts from the nearer end of the node.
    const nearer = inNode * 2 < length ? inNode : inNode - length;
    return { node, offset: seekElement(bytes, start, nearer) - start };
  }

  /** Position of the first element that is this value; undefined if there is none. O(elements passed). */
  find(entry: Address, { bytes, start, length }: ByteRange): ListPosition | undefined {
    const isQuicklist = this.#isQuicklist(entry);
    let node = isQuicklist ? this.quicklists.head(this.keyspace.entries.root(entry)) : 0;
    do {
      const listpack = this.#listpack(entry, node);
      const at = findElement(listpack.bytes, listpack.start, bytes, start, length, 1);
      if (at >= 0) return { node, offset: at - listpack.start };
      if (isQuicklist) node = this.quicklists.next(node);
    } while (node !== 0);
    return undefined;
  }

  /** The next position towards an end, or undefined if there is none. */
  step(entry: Address, { node, offset }: ListPosition, towards: ListEnd): ListPosition | undefined {
    const { bytes, start } = this.#listpack(entry, node);
    if (towards === "tail") {
      const at = nextElement(bytes, start + offset);
      if (!isEnd(bytes, at)) return { node, offset: at - start };
      const next = node === 0 ? 0 : this.quicklists.next(node);
      return next === 0 ? undefined : { node: next, offset: LISTPACK_HEADER_BYTES };
    }
    const at = previousElement(bytes, start, start + offset);
    if (at !== undefined) return { node, offset: at - start };
    const previous = node === 0 ? 0 : this.quicklists.previous(node);
    if (previous === 0) return undefined;
    const before = this.#listpack(entry, previous);
    return { node: previous, offset: seekElement(before.bytes, before.start, -1) - before.start };
  }

  /**
   * Visits up to `count` elements from number `index` on (negative from the end), `towards` an end. The visitor gets a range that is
   * overwritten by the next, and must not change the list.
   */
  walk(
    entry: Address,
    index: number,
    count: number,
    towards: ListEnd,
    visit: (value: ByteRange) => void,
  ): void {
    const from = count === 0 ? undefined : this.at(entry, index);
    if (from === undefined) return;
    let { node, offset } = from;
    for (let left = count;;) {
      const { bytes, start } = this.#listpack(entry, node);
      let at: number | undefined = start + offset;
      while (at !== undefined && !isEnd(bytes, at)) {
        visit(readElement(bytes, at));
        if (--left === 0) return;
        at = towards === "tail" ? nextElement(bytes, at) : previousElement(bytes, start, at);
      }
      if (node === 0) return;
      node = towards === "tail" ? this.quicklists.next(node) : this.quicklists.previous(node);
      if (node === 0) return;
      const next = this.#listpack(entry, node);
      offset = towards === "tail"
        ? LISTPACK_HEADER_BYTES
        : seekElement(next.bytes, next.start, -1) - next.start;
    }
  }

  /** The element at an end of a list, in an object that the next call reuses. */
  peek(entry: Address, end: ListEnd): ByteRange {
    const { entries } = this.keyspace;
    if (!this.#isQuicklist(entry)) {
      const { bytes, start } = entries.value(entry);
      return readElement(bytes, endElement(bytes, start, end));
    }
    const root = entries.root(entry);
    const node = end === "head" ? this.quicklists.head(root) : this.quicklists.tail(root);
    const bytes = this.quicklists.bytes(node);
    return readElement(bytes, endElement(bytes, this.quicklists.start(node), end));
  }

  /**
   * Removes the element at an end; returns the entry's address, which may have changed. The caller deletes the key if the list is empty
   * then.
   */
  removeEnd(database: Database, entry: Address, end: ListEnd): Address {
    const { entries } = this.keyspace;
    if (!this.#isQuicklist(entry)) {
      const { bytes, start } = entries.value(entry);
      this.#removeIn(bytes, start, endElement(bytes, start, end) - start, 1);
      return database.resizeValue(entry, listpackBytes(bytes, start));
    }
    const { quicklists } = this;
    const root = entries.root(entry);
    if (quicklists.popInPlace(root, end === "head")) return this.#shrink(database, entry);
    const node = end === "head" ? quicklists.head(root) : quicklists.tail(root);
    const start = quicklists.start(node);
    this.#removeInNode(root, node, endElement(quicklists.bytes(node), start, end) - start, 1);
    return this.#shrink(database, entry);
  }

  /**
   * Converts a list to a quicklist if its listpack would become too large with `elements` more elements of `elementBytes` bytes in all
   * (without what a listpack adds to each); returns the entry's address, which may have changed. Call it before adding elements, because
   * adding itself never converts.
   */
  makeRoom(database: Database, entry: Address, elements: number, elementBytes: number): Address {
    if (this.#isQuicklist(entry)) return entry;
    const { bytes, start } = this.keyspace.entries.value(entry);
    const isTooLarge = this.#exceeds(
      listpackBytes(bytes, start) + elementBytes,
      listpackCount(bytes, start) + elements,
    );
    return isTooLarge ? this.#toQuicklist(database, entry) : entry;
  }

  /**
   * Adds an element, which must not lie in the arena, at an end; returns the entry's address, which may have changed. Call {@link makeRoom}
   * before.
   */
  push(database: Database, entry: Address, value: ByteRange, end: ListEnd): Address {
    const { entries } = this.keyspace;
    const { quicklists } = this;
    const size = elementBytes(value.bytes, value.start, value.length);
    if (!this.#isQuicklist(entry)) {
      const { bytes, start } = entries.value(entry);
      const offset = end === "head" ? LISTPACK_HEADER_BYTES : listpackBytes(bytes, start) - 1;
      return this.#insertInEntry(database, entry, offset, value, size);
    }
    const root = entries.root(entry);
    const [maxBytes, maxCount] = [this.#maxBytes, this.#maxCount];
    const isHead = end === "head";
    if (quicklists.pushInPlace(root, isHead, value, size, maxBytes, maxCount)) return entry;
    let node = isHead ? quicklists.head(root) : quicklists.tail(root);
    if (!this.#hasRoom(node, size)) {
      // A list that has grown much will go on growing, so its new node is as large as a node may become.
      const isLong = quicklists.nodes(root) >= LONG_LIST_NODES && this.maxListpackSize < 0;
      const bytes = Math.max(EMPTY_LISTPACK_BYTES + size, isLong ? maxBytes : 0);
      node = quicklists.addNode(root, isHead ? 0 : node, bytes);
    }
    const offset = end === "head" ? LISTPACK_HEADER_BYTES : quicklists.length(node) - 1;
    this.#insertInNode(root, node, offset, value, size);
    return entry;
  }

  /** Adds an element, which must not lie in the arena, at the tail; converts the list when its size requires it. */
  append(database: Database, entry: Address, value: ByteRange): Address {
    if (this.#isQuicklist(entry)) return this.push(database, entry, value, "tail");
    const size = elementBytes(value.bytes, value.start, value.length);
    return this.push(database, this.makeRoom(database, entry, 1, size), value, "tail");
  }

  /**
   * Inserts an element, which must not lie in the arena, before or behind a position; returns the entry's address, which may have changed.
   * Call {@link makeRoom} before.
   */
  insert(
    database: Database,
    entry: Address,
    position: ListPosition,
    value: ByteRange,
    isBehind: boolean,
  ): Address {
    const size = elementBytes(value.bytes, value.start, value.length);
    const { node } = position;
    const { bytes, start } = this.#listpack(entry, node);
    const at = start + position.offset;
    const offset = (isBehind ? nextElement(bytes, at) : at) - start;
    if (!this.#isQuicklist(entry)) {
      return this.#insertInEntry(database, entry, offset, value, size);
    }
    const root = this.keyspace.entries.root(entry);
    if (this.#hasRoom(node, size)) {
      this.#insertInNode(root, node, offset, value, size);
      return entry;
    }
    // A full node is cut in two where the element belongs. The element goes to the end of the first part or into a node of its own.
    const first = this.#cut(root, node, offset);
    const target = first !== 0 && this.#hasRoom(first, size)
      ? first
      : this.quicklists.addNode(root, first, EMPTY_LISTPACK_BYTES + size);
    const length = this.quicklists.length(target);
    this.#insertInNode(root, target, length - 1, value, size);
    return entry;
  }

  /**
   * Replaces the element number `index`, which must exist and not be negative; returns the entry's address, which may have changed. Call
   * {@link makeRoom} before.
   */
  set(database: Database, entry: Address, index: number, value: ByteRange): Address {
    const changed = this.#replace(database, entry, index, value);
    return this.#isQuicklist(changed) ? this.#shrink(database, changed) : changed;
  }

  #replace(database: Database, entry: Address, index: number, value: ByteRange): Address {
    const { entries } = this.keyspace;
    const { node, offset } = this.at(entry, index)!;
    const { bytes, start } = this.#listpack(entry, node);
    const length = listpackBytes(bytes, start);
    const behind = nextElement(bytes, start + offset) - start;
    const size = elementBytes(value.bytes, value.start, value.length);
    const change = size - (behind - offset);
    const isNode = node !== 0;
    if (isNode && change > 0 && this.#exceeds(length + change, listpackCount(bytes, start))) {
      const inserted = this.insert(database, entry, { node, offset }, value, false);
      return this.removeRange(database, inserted, index + 1, 1);
    }
    const replaceIn = (view: Uint8Array, from: number) => {
      removeElements(view, from, from + offset, from + behind, 1);
      insertElement(view, from, from + offset, value);
    };
    if (isNode) {
      if (change > 0) this.quicklists.grow(node, length + change);
      replaceIn(this.quicklists.bytes(node), this.quicklists.start(node));
      if (change < 0) this.quicklists.shrink(node);
      return entry;
    }
    const grown = change > 0 ? database.resizeValue(entry, length + change) : entry;
    const view = entries.value(grown);
    replaceIn(view.bytes, view.start);
    return change < 0 ? database.resizeValue(grown, length + change) : grown;
  }

  /**
   * Removes `count` elements from number `index`, which is not negative, on; returns the entry's address, which may have changed. The
   * caller deletes the key if the list is empty then.
   */
  removeRange(database: Database, entry: Address, index: number, count: number): Address {
    const position = count === 0 ? undefined : this.at(entry, index);
    if (position === undefined) return entry;
    const { entries } = this.keyspace;
    if (!this.#isQuicklist(entry)) {
      const { bytes, start } = entries.value(entry);
      this.#removeIn(bytes, start, position.offset, count);
      return database.resizeValue(entry, listpackBytes(bytes, start));
    }
    const root = entries.root(entry);
    let { node, offset } = position;
    let left = Math.min(count, this.count(entry) - index);
    while (left > 0) {
      const next = this.quicklists.next(node);
      left -= this.#removeInNode(root, node, offset, left);
      node = next;
      offset = LISTPACK_HEADER_BYTES;
    }
    return this.#shrink(database, entry);
  }

  /** Removes the element at a position; returns the entry's address, which may have changed. */
  remove(database: Database, entry: Address, { node, offset }: ListPosition): Address {
    const { entries } = this.keyspace;
    if (!this.#isQuicklist(entry)) {
      const { bytes, start } = entries.value(entry);
      this.#removeIn(bytes, start, offset, 1);
      return database.resizeValue(entry, listpackBytes(bytes, start));
    }
    const root = entries.root(entry);
    this.#removeInNode(root, node, offset, 1);
    return this.#shrink(database, entry);
  }

  encodingName(entry: Address): string {
    return this.#isQuicklist(entry) ? "quicklist" : "listpack";
  }

  dismantle(entry: Address): undefined {
    // Freed at once: there are few blocks, however many elements they hold.
    if (this.#isQuicklist(entry)) this.quicklists.destroy(this.keyspace.entries.root(entry));
  }

  blocks(entry: Address): Iterable<Address> {
    if (!this.#isQuicklist(entry)) return [];
    return this.quicklists.blocks(this.keyspace.entries.root(entry));
  }

  unshare(_database: Database, copy: Address): void {
    const { entries } = this.keyspace;
    if (!this.#isQuicklist(copy)) return;
    const { quicklists } = this;
    const from = entries.root(copy);
    const root = quicklists.create();
    for (let node = quicklists.head(from); node !== 0; node = quicklists.next(node)) {
      const start = quicklists.start(node);
      const listpack = quicklists.bytes(node).slice(start, start + quicklists.length(node));
      quicklists.append(root, listpack, 0, listpack.length);
    }
    entries.setRoot(copy, root);
  }

  #isQuicklist(entry: Address): boolean {
    return this.keyspace.entries.encoding(entry) === ListEncoding.Quicklist;
  }

  /** The listpack of a node, or of the entry for node 0. */
  #listpack(entry: Address, node: Address): { bytes: Uint8Array; start: number } {
    if (node === 0) return this.keyspace.entries.value(entry);
    return { bytes: this.quicklists.bytes(node), start: this.quicklists.start(node) };
  }

  /** Whether a listpack of this many bytes and elements would be too large. */
  #exceeds(bytes: number, count: number): boolean {
    return bytes > this.#maxBytes || count > this.#maxCount;
  }

  #hasRoom(node: Address, size: number): boolean {
    if (node === 0) return false;
    const { quicklists } = this;
    return !this.#exceeds(quicklists.length(node) + size, quicklists.nodeCount(node) + 1);
  }

  #insertInEntry(
    database: Database,
    entry: Address,
    offset: number,
    value: ByteRange,
    size: number,
  ): Address {
    const { entries } = this.keyspace;
    const grown = database.resizeValue(entry, entries.valueLength(entry) + size);
    const { bytes, start } = entries.value(grown);
    insertElement(bytes, start, start + offset, value, size);
    return grown;
  }

  #insertInNode(
    root: Address,
    node: Address,
    offset: number,
    value: ByteRange,
    size: number,
  ): void {
    const { quicklists } = this;
    quicklists.grow(node, quicklists.length(node) + size);
    const start = quicklists.start(node);
    insertElement(quicklists.bytes(node), start, start + offset, value, size);
    quicklists.addToCount(root, node, 1);
  }

  /** Cuts a node in two at an offset; returns the node that ends there, or 0 at the start of the list. */
  #cut(root: Address, node: Address, offset: number): Address {
    const { quicklists } = this;
    if (offset === LISTPACK_HEADER_BYTES) return quicklists.previous(node);
    const length = quicklists.length(node);
    const moved = length - 1 - offset;
    if (moved === 0) return node;
    const second = quicklists.addNode(root, node, EMPTY_LISTPACK_BYTES + moved);
    const [bytes, start] = [quicklists.bytes(node), quicklists.start(node)];
    const [target, at] = [quicklists.bytes(second), quicklists.start(second)];
    const count = countFrom(bytes, start + offset);
    const elements = bytes.subarray(start + offset, start + length);
    target.set(elements, at + LISTPACK_HEADER_BYTES);
    writeHeader(target, at, EMPTY_LISTPACK_BYTES + moved, count);
    removeElements(bytes, start, start + offset, start + length - 1, count);
    quicklists.addToCount(root, node, -count);
    quicklists.addToCount(root, second, count);
    quicklists.shrink(node);
    return node;
  }

  /** Removes up to `count` elements of a listpack from an offset on; returns how many. */
  #removeIn(bytes: Uint8Array, start: number, offset: number, count: number): number {
    let to = start + offset;
    let removed = 0;
    for (; removed < count && !isEnd(bytes, to); removed++) to = nextElement(bytes, to);
    removeElements(bytes, start, start + offset, to, removed);
    return removed;
  }

  #removeInNode(root: Address, node: Address, offset: number, count: number): number {
    const { quicklists } = this;
    const inNode = quicklists.nodeCount(node);
    if (offset === LISTPACK_HEADER_BYTES && inNode <= count) {
      quicklists.removeNode(root, node);
      return inNode;
    }
    const removed = this.#removeIn(quicklists.bytes(node), quicklists.start(node), offset, count);
    quicklists.addToCount(root, node, -removed);
    quicklists.shrink(node);
    return removed;
  }

  #toQuicklist(database: Database, entry: Address): Address {
    const { entries } = this.keyspace;
    const { quicklists } = this;
    const { bytes, start, length } = entries.value(entry);
    const listpack = bytes.slice(start, start + length);
    const count = listpackCount(listpack, 0);
    const root = quicklists.create();
    if (count > 0) {
      quicklists.append(root, listpack, 0, length);
    }
    const quicklist = database.resizeValue(entry, ROOT_BYTES);
    entries.setEncoding(quicklist, ListEncoding.Quicklist);
    entries.setRoot(quicklist, root);
    return quicklist;
  }

  /** Converts a quicklist back to a listpack if it has one node left, at most half as large as a listpack may be. */
  #shrink(database: Database, entry: Address): Address {
    const { entries } = this.keyspace;
    const { quicklists } = this;
    const root = entries.root(entry);
    if (quicklists.nodes(root) !== 1) return entry;
    const node = quicklists.head(root);
    const [bytes, start] = [quicklists.bytes(node), quicklists.start(node)];
    const length = listpackBytes(bytes, start);
    const isLimitedInBytes = this.#maxListpackSize < 0;
    if (this.#exceeds(isLimitedInBytes ? length * 2 : 0, quicklists.count(root) * 2)) return entry;
    const listpack = bytes.slice(start, start + length);
    quicklists.destroy(root);
    const small = database.resizeValue(entry, length);
    entries.setEncoding(small, ListEncoding.Listpack);
    const value = entries.value(small);
    value.bytes.set(listpack, value.start);
    return small;
  }
}

/** Index of the first or last element of a listpack that has one. */
function endElement(bytes: Uint8Array, start: number, end: ListEnd): number {
  return end === "head" ? start + LISTPACK_HEADER_BYTES : seekElement(bytes, start, -1);
}

function countFrom(bytes: Uint8Array, from: number): number {
  let count = 0;
  for (let at = from; !isEnd(bytes, at); at = nextElement(bytes, at)) count++;
  return count;
}
