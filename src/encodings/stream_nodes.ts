/**
 * Nodes of a stream: blocks of up to a hundred entries in one listpack, in Redis's layout byte for byte.
 *
 *     node        u32 x 4 id of the first entry (the master id) | u32 address of the listpack's block
 *     listpack    master entry, then entries
 *     master      live entries | deleted entries | number of fields | field ... | 0
 *     entry       flags | milliseconds - master's | sequence - master's | fields and values | elements in this entry before this one
 *
 * An entry with the master's fields (flag 2) holds only values. Any other entry holds its number of fields, then fields and values in turn.
 * A deleted entry (flag 1) stays where it is.
 *
 * @module
 */
import type { Arena } from "../arena/arena.ts";
import { type Address, VIEW_MASK, VIEW_SHIFT } from "../arena/memory.ts";
import type { ByteRange } from "../lib/bytes.ts";
import {
  elementEquals,
  EMPTY_LISTPACK_BYTES,
  type Int64,
  isEnd,
  LARGEST_INTEGER_BYTES,
  LARGEST_OVERHEAD_BYTES,
  LISTPACK_HEADER_BYTES,
  listpackBytes,
  nextElement,
  previousElement,
  readElement,
  readInt64,
  readNumber,
  replaceWithNumber,
  writeElement,
  writeEmptyListpack,
  writeHeader,
  writeInt64,
  writeNumber,
} from "./listpack.ts";
import { StreamId } from "./stream_id.ts";

const NODE_BYTES = 24;
const LISTPACK_WORD = 4;
const WORD = 2 ** 32;
/** Blocks of listpacks double until they are this large; larger ones are exactly as large as needed. */
const ROOMY_BYTES = 4096;

/** Flags of an entry. */
export const EntryFlag = { Deleted: 1, SameFields: 2 } as const;

/** Words, of which the last ones are the fields and values of an entry to be written, in turn. They must not lie in the arena. */
export interface Words {
  readonly bytes: Uint8Array;
  readonly starts: ArrayLike<number>;
  readonly lengths: ArrayLike<number>;
  readonly count: number;
}

/** A place in a node and what the entry there says. One object serves many entries in turn. */
export class NodeEntry {
  readonly id: StreamId = new StreamId();
  /** {@link EntryFlag} bits. */
  flags = 0;
  /** Number of fields. */
  fieldCount = 0;
  /** Offset of its flags in the listpack. */
  offset = 0;
  /** Offset of its first field, or of its first value if its fields are the master's. */
  dataOffset = 0;
  /** Offset behind it. */
  end = 0;
  /** Its node. */
  node: Address = 0;
  /** The id that those of the node's entries are differences from, and how many fields the master has. */
  readonly master: StreamId = new StreamId();
  masterFieldCount = 0;

  /** Whether it was deleted. */
  get isDeleted(): boolean {
    return (this.flags & EntryFlag.Deleted) !== 0;
  }

  /** Whether its fields are the master's. */
  get hasMasterFields(): boolean {
    return (this.flags & EntryFlag.SameFields) !== 0;
  }
}

/** Reads and changes nodes. */
export class StreamNodes {
  readonly #difference: Int64 = { high: 0, low: 0 };
  readonly #master = new StreamId();

  constructor(private readonly arena: Arena) {}

  /** Makes a node with a copy of a listpack. The bytes must not lie in the arena. */
  adopt(master: StreamId, bytes: Uint8Array, start: number, length: number): Address {
    const node = this.#createNode(master, length);
    this.bytes(node).set(bytes.subarray(start, start + length), this.start(node));
    return node;
  }

  /** Makes a node whose first entry has this id, and the fields and values in `words` from `first` on. */
  create(id: StreamId, words: Words, first: number): Address {
    const fieldCount = (words.count - first) / 2;
    const node = this.#createNode(id, EMPTY_LISTPACK_BYTES);
    writeEmptyListpack(this.bytes(node), this.start(node));
    const size = 5 * LARGEST_INTEGER_BYTES + roomFor(words, first, 2);
    this.#reserve(node, EMPTY_LISTPACK_BYTES + size);
    const [bytes, start] = [this.bytes(node), this.start(node)];
    let at = start + LISTPACK_HEADER_BYTES;
    at = writeNumber(bytes, at, 0);
    at = writeNumber(bytes, at, 0);
    at = writeNumber(bytes, at, fieldCount);
    at = writeWords(bytes, at, words, first, 2);
    at = writeNumber(bytes, at, 0);
    finish(bytes, start, at, fieldCount + 4);
    this.append(node, id, words, first);
    return node;
  }

  /** Adds an entry at the end; its id must be larger than all others. Its fields and values are in `words` from `first` on. */
  append(node: Address, id: StreamId, words: Words, first: number): void {
    const fieldCount = (words.count - first) / 2;
    const isSame = this.#hasFields(node, words, first);
    const [from, step] = isSame ? [first + 1, 2] : [first, 1];
    const size = 6 * LARGEST_INTEGER_BYTES + roomFor(words, from, step);
    this.#reserve(node, this.size(node) + size);
    const [bytes, start] = [this.bytes(node), this.start(node)];
    const live = start + LISTPACK_HEADER_BYTES;
    replaceWithNumber(bytes, start, live, readNumber(bytes, live) + 1);
    let at = start + listpackBytes(bytes, start) - 1;
    at = writeNumber(bytes, at, isSame ? EntryFlag.SameFields : 0);
    at = this.#writeDifferences(bytes, at, node, id);
    if (!isSame) at = writeNumber(bytes, at, fieldCount);
    at = writeWords(bytes, at, words, from, step);
    const elements = isSame ? fieldCount + 3 : fieldCount * 2 + 4;
    at = writeNumber(bytes, at, elements);
    finish(bytes, start, at, elements + 1);
  }

  /** Frees a node and its listpack. */
  free(node: Address): void {
    this.arena.free(this.arena.load(node, LISTPACK_WORD));
    this.arena.free(node);
  }

  /** Both blocks of a node, for the checker. */
  *blocks(node: Address): Generator<Address> {
    yield node;
    yield this.arena.load(node, LISTPACK_WORD);
  }

  /** The bytes that a node's listpack lies in. */
  bytes(node: Address): Uint8Array {
    return this.arena.u8[this.arena.load(node, LISTPACK_WORD) >>> VIEW_SHIFT];
  }

  /** Index in {@link bytes} at which the listpack starts. */
  start(node: Address): number {
    return (this.arena.load(node, LISTPACK_WORD) & VIEW_MASK) * 8;
  }

  /** Size of a node's listpack, in bytes. */
  size(node: Address): number {
    return listpackBytes(this.bytes(node), this.start(node));
  }

  /** Entries of a node that are not deleted. */
  liveCount(node: Address): number {
    return readNumber(this.bytes(node), this.start(node) + LISTPACK_HEADER_BYTES);
  }

  /** Entries of a node that are deleted. */
  deletedCount(node: Address): number {
    const [bytes, start] = [this.bytes(node), this.start(node)];
    return readNumber(bytes, nextElement(bytes, start + LISTPACK_HEADER_BYTES));
  }

  /** Gives back the spare memory of a node that will grow no more. */
  shrink(node: Address): void {
    const block = this.arena.load(node, LISTPACK_WORD);
    if (this.size(node) * 1.25 < this.arena.sizeOf(block)) this.#move(node, this.size(node));
  }

  /** Points `entry` at the first entry of a node, deleted or not; false if there is none. */
  first(node: Address, entry: NodeEntry): boolean {
    this.#enter(node, entry);
    const bytes = this.bytes(node);
    const start = this.start(node);
    let at = nextElement(bytes, nextElement(bytes, start + LISTPACK_HEADER_BYTES));
    for (let left = entry.masterFieldCount + 2; left > 0; left--) at = nextElement(bytes, at);
    return this.#read(at - start, entry);
  }

  /** Points `entry` at the last entry of a node. */
  last(node: Address, entry: NodeEntry): boolean {
    this.#enter(node, entry);
    return this.#readBefore(this.size(node) - 1, entry);
  }

  /** Points `entry` at the one behind it in its node; false if there is none. */
  next(entry: NodeEntry): boolean {
    return this.#read(entry.end, entry);
  }

  /** Points `entry` at the one before it in its node; false if there is none. */
  previous(entry: NodeEntry): boolean {
    return this.#readBefore(entry.offset, entry);
  }

  /** Visits an entry's fields and values in turn; the range is overwritten by the next. */
  forEachField(entry: NodeEntry, visit: (range: ByteRange) => void): void {
    const [bytes, start] = [this.bytes(entry.node), this.start(entry.node)];
    let at = start + entry.dataOffset;
    if (!entry.hasMasterFields) {
      for (let i = 0; i < entry.fieldCount * 2; i++, at = nextElement(bytes, at)) {
        visit(readElement(bytes, at));
      }
      return;
    }
    let field = start + this.#masterFields(bytes, start);
    for (let i = 0; i < entry.fieldCount; i++) {
      visit(readElement(bytes, field));
      visit(readElement(bytes, at));
      field = nextElement(bytes, field);
      at = nextElement(bytes, at);
    }
  }

  /** Marks a live entry as deleted without counting it: call {@link addDeleted} afterwards. */
  markDeleted(entry: NodeEntry): void {
    this.bytes(entry.node)[this.start(entry.node) + entry.offset] |= EntryFlag.Deleted;
  }

  /** Counts `count` more entries of a node as deleted. */
  addDeleted(node: Address, count: number): void {
    const live = this.liveCount(node) - count;
    const deleted = this.deletedCount(node) + count;
    this.#reserve(node, this.size(node) + 2 * LARGEST_INTEGER_BYTES);
    const [bytes, start] = [this.bytes(node), this.start(node)];
    const first = start + LISTPACK_HEADER_BYTES;
    replaceWithNumber(bytes, start, first, live);
    replaceWithNumber(bytes, start, nextElement(bytes, first), deleted);
  }

  #createNode(master: StreamId, listpackLength: number): Address {
    const listpack = this.arena.allocate(listpackLength);
    const node = this.arena.allocate(NODE_BYTES);
    master.store(this.arena, node, 0);
    this.arena.store(node, LISTPACK_WORD, listpack);
    return node;
  }

  /** Offset of the first of the master's fields. */
  #masterFields(bytes: Uint8Array, start: number): number {
    let at = start + LISTPACK_HEADER_BYTES;
    for (let i = 0; i < 3; i++) at = nextElement(bytes, at);
    return at - start;
  }

  #hasFields(node: Address, words: Words, first: number): boolean {
    const [bytes, start] = [this.bytes(node), this.start(node)];
    let at = nextElement(bytes, nextElement(bytes, start + LISTPACK_HEADER_BYTES));
    if (readNumber(bytes, at) !== (words.count - first) / 2) return false;
    for (let i = first; i < words.count; i += 2) {
      at = nextElement(bytes, at);
      if (!elementEquals(bytes, at, words.bytes, words.starts[i], words.lengths[i])) return false;
    }
    return true;
  }

  #writeDifferences(bytes: Uint8Array, at: number, node: Address, id: StreamId): number {
    const master = this.#master.load(this.arena, node, 0);
    const difference = this.#difference;
    subtract(id.msHigh, id.msLow, master.msHigh, master.msLow, difference);
    const next = writeInt64(bytes, at, difference);
    subtract(id.seqHigh, id.seqLow, master.seqHigh, master.seqLow, difference);
    return writeInt64(bytes, next, difference);
  }

  /** Points `entry` at a node, and at none of its entries. */
  #enter(node: Address, entry: NodeEntry): void {
    const bytes = this.bytes(node);
    const first = this.start(node) + LISTPACK_HEADER_BYTES;
    entry.node = node;
    entry.master.load(this.arena, node, 0);
    entry.masterFieldCount = readNumber(bytes, nextElement(bytes, nextElement(bytes, first)));
  }

  /** Reads the entry whose flags stand at an offset of the node; false if the listpack ends there. */
  #read(offset: number, entry: NodeEntry): boolean {
    const bytes = this.bytes(entry.node);
    const start = this.start(entry.node);
    let at = start + offset;
    if (isEnd(bytes, at)) return false;
    entry.offset = offset;
    entry.flags = readNumber(bytes, at);
    const { id } = entry;
    id.copyFrom(entry.master);
    const difference = this.#difference;
    at = nextElement(bytes, at);
    readInt64(bytes, at, difference);
    const msLow = id.msLow + difference.low;
    id.msLow = msLow >>> 0;
    id.msHigh = id.msHigh + difference.high + (msLow >= WORD ? 1 : 0) >>> 0;
    at = nextElement(bytes, at);
    readInt64(bytes, at, difference);
    const seqLow = id.seqLow + difference.low;
    id.seqLow = seqLow >>> 0;
    id.seqHigh = id.seqHigh + difference.high + (seqLow >= WORD ? 1 : 0) >>> 0;
    at = nextElement(bytes, at);
    if (entry.hasMasterFields) {
      entry.fieldCount = entry.masterFieldCount;
    } else {
      entry.fieldCount = readNumber(bytes, at);
      at = nextElement(bytes, at);
    }
    entry.dataOffset = at - start;
    const elements = entry.fieldCount * (entry.hasMasterFields ? 1 : 2);
    for (let i = 0; i <= elements; i++) at = nextElement(bytes, at);
    entry.end = at - start;
    return true;
  }

  /** Reads the entry that ends at an offset of the node; false if the master entry does. */
  #readBefore(offset: number, entry: NodeEntry): boolean {
    const bytes = this.bytes(entry.node);
    const start = this.start(entry.node);
    let at = previousElement(bytes, start, start + offset)!;
    // The master entry ends with a zero; an entry's number of elements is at least three.
    for (let left = readNumber(bytes, at); left > 0; left--) {
      at = previousElement(bytes, start, at)!;
      if (left === 1) return this.#read(at - start, entry);
    }
    return false;
  }

  /** Makes room for a listpack of `length` bytes. */
  #reserve(node: Address, length: number): void {
    const size = this.arena.sizeOf(this.arena.load(node, LISTPACK_WORD));
    if (length <= size) return;
    this.#move(node, Math.max(length, Math.min(size * 2, ROOMY_BYTES)));
  }

  #move(node: Address, length: number): void {
    const { arena } = this;
    const old = arena.load(node, LISTPACK_WORD);
    const kept = this.size(node);
    const moved = arena.allocate(length);
    arena.copy(old, moved, kept);
    arena.store(node, LISTPACK_WORD, moved);
    arena.free(old);
  }
}

/** Whether a listpack that is sound as such holds a stream's node as the module's comment describes it. */
export function isStreamListpackSound(bytes: Uint8Array, start: number): boolean {
  let at = start + LISTPACK_HEADER_BYTES;
  /** The number at the position, which then moves on; NaN if there is none. */
  const number = (): number => {
    if (isEnd(bytes, at)) return NaN;
    const value = readNumber(bytes, at);
    at = nextElement(bytes, at);
    return value;
  };
  /** Passes over `count` elements; false if there are fewer. */
  const skip = (count: number): boolean => {
    for (let i = 0; i < count; i++) {
      if (isEnd(bytes, at)) return false;
      at = nextElement(bytes, at);
    }
    return true;
  };
  const live = number();
  const deleted = number();
  const masterCount = number();
  if (!(live >= 0 && deleted >= 0 && masterCount >= 0)) return false;
  if (!skip(masterCount) || number() !== 0) return false;
  let [liveFound, deletedFound] = [0, 0];
  while (!isEnd(bytes, at)) {
    // Flags are changed in place, so they must fit one byte.
    const flags = bytes[at] <= 3 ? number() : NaN;
    if (Number.isNaN(flags + number() + number())) return false;
    const isSame = (flags & EntryFlag.SameFields) !== 0;
    const count = isSame ? masterCount : number();
    if (!(count >= 0) || !skip(isSame ? count : count * 2)) return false;
    if (number() !== (isSame ? 3 + count : 4 + count * 2)) return false;
    if ((flags & EntryFlag.Deleted) !== 0) deletedFound++;
    else liveFound++;
  }
  return live === liveFound && deleted === deletedFound;
}

/** Most bytes that every `step`-th word from `first` on takes as an element, together. */
function roomFor({ lengths, count }: Words, first: number, step: number): number {
  let bytes = 0;
  for (let i = first; i < count; i += step) bytes += lengths[i] + LARGEST_OVERHEAD_BYTES;
  return bytes;
}

/** Writes every `step`-th word from `first` on as an element; returns the index behind them. */
function writeWords(
  to: Uint8Array,
  at: number,
  { bytes, starts, lengths, count }: Words,
  first: number,
  step: number,
): number {
  let end = at;
  for (let i = first; i < count; i += step) {
    end = writeElement(to, end, bytes, starts[i], lengths[i]);
  }
  return end;
}

/** Ends a listpack at `end` after `added` elements have been written, and updates its header. */
function finish(bytes: Uint8Array, start: number, end: number, added: number): void {
  const known = bytes[start + 4] | bytes[start + 5] << 8;
  bytes[end] = 0xff;
  // A count too large for its field reads "unknown", and stays unknown.
  writeHeader(bytes, start, end + 1 - start, known === 0xffff ? known : known + added);
}

function subtract(
  high: number,
  low: number,
  otherHigh: number,
  otherLow: number,
  into: Int64,
): void {
  const difference = low - otherLow;
  into.low = difference >>> 0;
  into.high = high - otherHigh - (difference < 0 ? 1 : 0) | 0;
}
