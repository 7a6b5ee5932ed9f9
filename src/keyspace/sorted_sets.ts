/**
 * Sorted sets: members with scores, in order of score and then of bytes, in one of two encodings.
 *
 *     Listpack   the entry's value is a listpack of members and scores in turn, in order
 *     Skiplist   the entry's value is the address of a block with two roots: a `MemberDict` and a `ScoreTree` over the same elements
 *                (the name is Redis's for the same thing)
 *
 * A member found is known by a *handle*: its offset in the listpack, or the address of its element. A handle is valid until the set changes.
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
} from "../encodings/listpack.ts";
import { MemberDict, ScoreTree } from "../encodings/scored_members.ts";
import { HeldBytes } from "../lib/byte_strings.ts";
import { type ByteRange, compareBytes, copyRange, fromLatin1 } from "../lib/bytes.ts";
import { formatDouble, readDouble } from "../lib/double.ts";
import type { HalfSipHash } from "../lib/halfsiphash.ts";
import { type Database, NO_TTL } from "./database.ts";
import { type Entries, ROOT_BYTES } from "./entry.ts";
import type { FreeingSteps } from "./freeing_steps.ts";
import type { TypeOperations } from "./type_operations.ts";
import { ValueType } from "./value_type.ts";

/** The encodings of a sorted set. */
export const SortedSetEncoding = { Listpack: 0, Skiplist: 1 } as const;

const LISTPACK_ZSET: number = ValueType.SortedSet | SortedSetEncoding.Listpack << 4;
/** The kind of a large sorted set. */
export const SKIPLIST_ZSET: number = ValueType.SortedSet | SortedSetEncoding.Skiplist << 4;

const PAIR_BYTES = 8;
const DICT = 0;
const TREE = 1;

/** A member of a sorted set; see the module's comment. 0 is none. */
export type ScoredHandle = number;

/**
 * A condition that holds for the first members in order and for none behind them. The member's bytes are looked up only when it calls for
 * them.
 */
export type IsBefore = (score: number, member: () => ByteRange) => boolean;

/** What sorted sets are kept in and found by. */
export interface SortedSetsParts {
  readonly arena: Arena;
  readonly entries: Entries;
  readonly hasher: HalfSipHash;
}

/** Reads and changes sorted sets. */
export class SortedSets implements TypeOperations {
  readonly typeName = "zset";
  /** Most members of a listpack (`zset-max-listpack-entries`). */
  maxListpackEntries = 128;
  /** Longest member of a listpack (`zset-max-listpack-value`). */
  maxListpackValue = 64;
  readonly #held = new HeldBytes();
  readonly #dict: MemberDict;
  readonly #tree: ScoreTree;

  constructor(private readonly keyspace: SortedSetsParts) {
    this.#dict = new MemberDict(keyspace.arena);
    this.#tree = new ScoreTree(keyspace.arena);
  }

  /** Makes an empty sorted set under a key that does not exist. */
  create(database: Database, key: ByteRange, additions = 0, longest = 0): Address {
    const { bytes, start, length } = key;
    const entry = database.put(LISTPACK_ZSET, bytes, start, length, EMPTY_LISTPACK_BYTES, NO_TTL);
    const value = this.keyspace.entries.value(entry);
    writeEmptyListpack(value.bytes, value.start);
    return this.makeRoom(database, entry, additions, longest);
  }

  /**
   * Converts the set to a skiplist if `additions` members at once, or a member of `longest` bytes, are too much for a listpack; returns the
   * entry's address, which may have changed.
   */
  makeRoom(database: Database, entry: Address, additions: number, longest = 0): Address {
    if (this.#isSkiplist(entry)) return entry;
    const isTooMuch = additions > this.maxListpackEntries || longest > this.maxListpackValue;
    return isTooMuch ? this.#toSkiplist(database, entry) : entry;
  }

  /** Makes a sorted set of a listpack that is sound and in order, under a key that does not exist. */
  adopt(database: Database, key: ByteRange, listpack: ByteRange): Address {
    const entry = database.putBlob(LISTPACK_ZSET, key, listpack);
    const isLarge = this.count(entry) > this.maxListpackEntries;
    return isLarge ? this.#toSkiplist(database, entry) : entry;
  }

  /** Whether this many members are too many for a listpack, whatever they are. */
  mustBeSkiplist(count: number): boolean {
    return count > this.maxListpackEntries;
  }

  /** Makes a large sorted set of a `MemberDict` and its elements in order, under a key that does not exist. The set owns both from then on. */
  adoptElements(database: Database, key: ByteRange, dict: Address, elements: Uint32Array): void {
    const { bytes, start, length } = key;
    const entry = database.put(SKIPLIST_ZSET, bytes, start, length, ROOT_BYTES, NO_TTL);
    this.keyspace.entries.setRoot(entry, this.#createPair(dict, elements));
  }

  /** Number of members. */
  count(entry: Address): number {
    if (this.#isSkiplist(entry)) return this.#tree.count(this.#root(entry, TREE));
    const { bytes, start } = this.keyspace.entries.value(entry);
    return listpackCount(bytes, start) / 2;
  }

  /** The member with these bytes; `hash` is their hash, if the caller knows it. */
  find(entry: Address, { bytes, start, length }: ByteRange, hash?: number): ScoredHandle {
    if (this.#isSkiplist(entry)) {
      const known = hash ?? this.keyspace.hasher.hash(bytes, start, length);
      return this.#dict.find(this.#root(entry, DICT), known, bytes, start, length);
    }
    const listpack = this.keyspace.entries.value(entry);
    const at = findElement(listpack.bytes, listpack.start, bytes, start, length, 2);
    return at < 0 ? 0 : at - listpack.start;
  }

  /** The score of a member. */
  score(entry: Address, handle: ScoredHandle): number {
    if (this.#isSkiplist(entry)) return this.#dict.score(handle);
    const { bytes, start } = this.keyspace.entries.value(entry);
    const text = readElement(bytes, nextElement(bytes, start + handle));
    return readDouble(text.bytes, text.start, text.length);
  }

  /** A member's bytes, in an object that the next call reuses. */
  member(entry: Address, handle: ScoredHandle): ByteRange {
    if (this.#isSkiplist(entry)) return this.#dict.member(handle);
    const { bytes, start } = this.keyspace.entries.value(entry);
    return readElement(bytes, start + handle);
  }

  /**
   * Adds a member, which must not lie in the arena, or changes its score; returns the entry's address, which may have changed. `old` is
   * what {@link find} returned for the member.
   */
  set(
    database: Database,
    entry: Address,
    member: ByteRange,
    score: number,
    old: ScoredHandle = this.find(entry, member),
  ): Address {
    if (this.#isSkiplist(entry)) {
      this.#setInSkiplist(entry, old, member, score);
      return entry;
    }
    const smaller = old === 0 ? entry : this.remove(database, entry, old);
    const count = this.count(smaller) + 1;
    if (count > this.maxListpackEntries || member.length > this.maxListpackValue) {
      return this.set(database, this.#toSkiplist(database, smaller), member, score, 0);
    }
    // A listpack holds whole numbers as integers, so the sign of a zero is lost.
    const text = fromLatin1(formatDouble(score === 0 ? 0 : score));
    const value = { bytes: text, start: 0, length: text.length };
    const offset = this.#placeFor(smaller, member, score);
    const size = elementBytes(member.bytes, member.start, member.length) +
      elementBytes(text, 0, text.length);
    const { entries } = this.keyspace;
    const grown = database.resizeValue(smaller, entries.valueLength(smaller) + size);
    const { bytes, start } = entries.value(grown);
    insertElement(bytes, start, start + offset, value);
    insertElement(bytes, start, start + offset, member);
    return grown;
  }

  /** Removes a member; returns the entry's address, which may have changed. The caller deletes the key if the set is empty then. */
  remove(database: Database, entry: Address, handle: ScoredHandle): Address {
    if (this.#isSkiplist(entry)) {
      const { bytes, start, length } = this.#dict.member(handle);
      const hash = this.keyspace.hasher.hash(bytes, start, length);
      this.#dict.findElement(this.#root(entry, DICT), hash, handle);
      this.#dict.removeFound(this.#root(entry, DICT));
      this.#tree.remove(this.#root(entry, TREE), handle);
      this.keyspace.arena.free(handle);
      return entry;
    }
    return this.#removePairs(database, entry, handle, 1);
  }

  /** Removes `count` members from a rank on; returns the entry's address, which may have changed. */
  removeRange(database: Database, entry: Address, rank: number, count: number): Address {
    if (count <= 0) return entry;
    const handles: ScoredHandle[] = [];
    const isSkiplist = this.#isSkiplist(entry);
    this.walk(entry, rank, isSkiplist ? count : 1, false, (handle) => handles.push(handle));
    if (!isSkiplist) return this.#removePairs(database, entry, handles[0], count);
    for (const handle of handles) this.remove(database, entry, handle);
    return entry;
  }

  /** How many members come before this one. */
  rank(entry: Address, handle: ScoredHandle): number {
    if (this.#isSkiplist(entry)) return this.#tree.rank(this.#root(entry, TREE), handle);
    const { bytes, start } = this.keyspace.entries.value(entry);
    let rank = 0;
    for (let at = start + LISTPACK_HEADER_BYTES; at < start + handle; rank++) {
      at = nextElement(bytes, nextElement(bytes, at));
    }
    return rank;
  }

  /** How many members the condition holds for. */
  lowerRank(entry: Address, isBefore: IsBefore): number {
    let current: ScoredHandle = 0;
    const member = () => this.member(entry, current);
    if (this.#isSkiplist(entry)) {
      return this.#tree.lowerRank(this.#root(entry, TREE), (element, score) => {
        current = element;
        return isBefore(score, member);
      });
    }
    let rank = 0;
    this.walk(entry, 0, Infinity, false, (handle) => {
      current = handle;
      if (!isBefore(this.score(entry, handle), member)) return false;
      rank++;
      return true;
    });
    return rank;
  }

  /** Visits up to `count` members from a rank on, forwards or backwards, until the visitor returns false. It must not change the set. */
  walk(
    entry: Address,
    rank: number,
    count: number,
    isReversed: boolean,
    visit: (handle: ScoredHandle) => unknown,
  ): void {
    if (this.#isSkiplist(entry)) {
      return this.#tree.walk(this.#root(entry, TREE), rank, count, isReversed, visit);
    }
    if (rank < 0 || rank >= this.count(entry)) return;
    const { entries } = this.keyspace;
    const first = entries.value(entry);
    let handle = seekElement(first.bytes, first.start, rank * 2) - first.start;
    for (let left = count; left > 0; left--) {
      if (visit(handle) === false) return;
      // The value is looked up each time, because the visitor may allocate, and that may detach views.
      const { bytes, start } = entries.value(entry);
      if (!isReversed) {
        handle = nextElement(bytes, nextElement(bytes, start + handle)) - start;
        if (isEnd(bytes, start + handle)) return;
      } else {
        const score = previousElement(bytes, start, start + handle);
        if (score === undefined) return;
        handle = previousElement(bytes, start, score)! - start;
      }
    }
  }

  /** Visits every member, in any order, with the hash of its bytes. The visitor must not change the set. */
  forEachHashed(entry: Address, visit: (handle: ScoredHandle, hash: number) => void): void {
    if (this.#isSkiplist(entry)) return this.#dict.forEach(this.#root(entry, DICT), visit);
    const { hasher } = this.keyspace;
    this.walk(entry, 0, Infinity, false, (handle) => {
      const { bytes, start, length } = this.member(entry, handle);
      visit(handle, hasher.hash(bytes, start, length));
    });
  }

  /** Visits about `count` members from `cursor` on, all of them in a listpack; returns the next cursor, 0 at the end. */
  scan(
    entry: Address,
    cursor: number,
    count: number,
    visit: (handle: ScoredHandle) => void,
  ): number {
    if (this.#isSkiplist(entry)) {
      return this.#dict.scan(this.#root(entry, DICT), cursor, count, visit);
    }
    this.walk(entry, 0, Infinity, false, visit);
    return 0;
  }

  encodingName(entry: Address): string {
    return this.#isSkiplist(entry) ? "skiplist" : "listpack";
  }

  dismantle(entry: Address): FreeingSteps | undefined {
    return this.#isSkiplist(entry) ? this.#dismantle(this.keyspace.entries.root(entry)) : undefined;
  }

  *#dismantle(pair: Address): Generator<number, void> {
    const { arena } = this.keyspace;
    yield* this.#tree.dismantle(arena.load(pair, TREE), (element) => arena.free(element));
    this.#dict.destroy(arena.load(pair, DICT));
    arena.free(pair);
  }

  unshare(_database: Database, copy: Address): void {
    if (!this.#isSkiplist(copy)) return;
    const from = this.#root(copy, TREE);
    const { hasher } = this.keyspace;
    const dict = this.#dict.create();
    const elements = new Uint32Array(this.#tree.count(from));
    let count = 0;
    this.#tree.walk(from, 0, elements.length, false, (element) => {
      const member = this.#held.hold(this.#dict.member(element));
      const made = this.#dict.createElement(member, this.#dict.score(element));
      this.#dict.insert(dict, hasher.hash(member.bytes, 0, member.length), made);
      elements[count++] = made;
    });
    this.keyspace.entries.setRoot(copy, this.#createPair(dict, elements));
  }

  *blocks(entry: Address): Generator<Address> {
    if (!this.#isSkiplist(entry)) return;
    yield this.keyspace.entries.root(entry);
    yield* this.#dict.blocks(this.#root(entry, DICT));
    yield* this.#tree.blocks(this.#root(entry, TREE));
    const elements: Address[] = [];
    this.#dict.forEach(this.#root(entry, DICT), (element) => elements.push(element));
    yield* elements;
  }

  /** Whether the set is one block with its key. */
  isListpack(entry: Address): boolean {
    return !this.#isSkiplist(entry);
  }

  #isSkiplist(entry: Address): boolean {
    return this.keyspace.entries.encoding(entry) === SortedSetEncoding.Skiplist;
  }

  #root(entry: Address, which: number): Address {
    return this.keyspace.arena.load(this.keyspace.entries.root(entry), which);
  }

  /** Makes the block with the two roots of a skiplist, from a dict and its elements in order. */
  #createPair(dict: Address, elements: Uint32Array): Address {
    const { arena } = this.keyspace;
    const tree = this.#tree.create();
    this.#tree.load(tree, elements);
    const pair = arena.allocate(PAIR_BYTES);
    arena.store(pair, DICT, dict);
    arena.store(pair, TREE, tree);
    return pair;
  }

  #add(pair: Address, member: ByteRange, score: number): void {
    const { arena, hasher } = this.keyspace;
    const element = this.#dict.createElement(member, score);
    const hash = hasher.hash(member.bytes, member.start, member.length);
    this.#dict.insert(arena.load(pair, DICT), hash, element);
    this.#tree.insert(arena.load(pair, TREE), element);
  }

  #setInSkiplist(entry: Address, old: ScoredHandle, member: ByteRange, score: number): void {
    const { arena, entries } = this.keyspace;
    if (old === 0) return this.#add(entries.root(entry), member, score);
    if (this.#dict.score(old) === score) return;
    // An element's place in the tree follows from its score, so it is taken out, changed, and put in again.
    const tree = this.#root(entry, TREE);
    this.#tree.remove(tree, old);
    arena.storeDouble(old, 0, score);
    this.#tree.insert(tree, old);
  }

  /** Offset in a listpack where a new member belongs. */
  #placeFor(entry: Address, member: ByteRange, score: number): number {
    const rank = this.lowerRank(entry, (otherScore, memberOf) => {
      if (otherScore !== score) return otherScore < score;
      const { bytes, start, length } = member;
      const other = memberOf();
      return compareBytes(other.bytes, other.start, other.length, bytes, start, length) < 0;
    });
    const { bytes, start } = this.keyspace.entries.value(entry);
    return seekElement(bytes, start, rank * 2) - start;
  }

  #removePairs(database: Database, entry: Address, handle: ScoredHandle, count: number): Address {
    const { bytes, start } = this.keyspace.entries.value(entry);
    let to = start + handle;
    let removed = 0;
    for (; removed < count && !isEnd(bytes, to); removed++) {
      to = nextElement(bytes, nextElement(bytes, to));
    }
    removeElements(bytes, start, start + handle, to, removed * 2);
    return database.resizeValue(entry, listpackBytes(bytes, start));
  }

  #toSkiplist(database: Database, entry: Address): Address {
    const { entries } = this.keyspace;
    const copies: { member: ByteRange; score: number }[] = [];
    this.walk(entry, 0, Infinity, false, (handle) => {
      const score = this.score(entry, handle);
      copies.push({ member: copyRange(this.member(entry, handle)), score });
    });
    const pair = this.#createPair(this.#dict.create(), new Uint32Array(0));
    for (const { member, score } of copies) this.#add(pair, member, score);
    const skiplist = database.resizeValue(entry, ROOT_BYTES);
    entries.setEncoding(skiplist, SortedSetEncoding.Skiplist);
    entries.setRoot(skiplist, pair);
    return skiplist;
  }
}
