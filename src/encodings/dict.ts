/**
 * A hash table in the arena, by extendible hashing (Fagin, Nievergelt, Pippenger, Strong, 1979): a directory of 2^g segments, chosen
 * by the top g bits of the hash. A segment that fills up splits in two by one more bit; only when no unused bit is left does the
 * directory double. So nothing is ever rehashed as a whole: the longest pause of an insertion is one split of 128 slots, or one copy
 * of the directory (4 bytes for some 70 elements).
 *
 *     root        16 bytes   u32 directory address | u32 count | u32 global depth g | u32 segments at depth g
 *     directory   4 << g     u32 segment address, by the top g bits of the hash
 *     segment     8 + 8 * capacity
 *                            u16 count, u8 log2(capacity), u8 local depth | u32 unused | capacity slots
 *     slot        8 bytes    u32 hash | u32 element address, 0 for an empty slot
 *
 * Within a segment: linear probing from `hash mod capacity`, at most 13/16 full, backward-shift deletion (no tombstones). The slot
 * keeps the whole hash, so a lookup reads an element's bytes only when it has almost surely found it, and a split reads none.
 * The first segment grows 8, 16 ... 128 slots, so a small dict is small; from 128 on segments split. Segments that empty merge.
 *
 * Order of iteration is the order of hashes, which neither splits nor merges disturb: a SCAN cursor is a hash, and every element
 * present throughout is returned. Rejected: chained buckets as in Redis (24 bytes an entry and a rehash in steps), cuckoo hashing
 * (two cache misses, no order).
 *
 * The class holds no elements itself: it works on a root, so a million dicts make no JavaScript objects. The subclass says what an element
 * is.
 *
 * @module
 */
import type { Arena } from "../arena/arena.ts";
import { type Address, VIEW_MASK, VIEW_SHIFT } from "../arena/memory.ts";
import { breaks, CHECKS_INVARIANTS } from "../lib/invariant.ts";
import type { RandomSource } from "../lib/random.ts";

/** What an element adds to a dict on average: a slot of 8 bytes, two thirds of them in use. */
export const AVERAGE_SLOT_BYTES = 12;

const ROOT_BYTES = 16;
const DIRECTORY = 0;
const COUNT = 1;
const DEPTH = 2;
const DEEPEST_COUNT = 3;

const SEGMENT_HEADER_WORDS = 2;
const SMALLEST_LOG2 = 3;
const SPLIT_LOG2 = 7;
/** Past this the directory stops doubling and segments grow instead: 64 M entries, 256 MB. */
const MAX_DEPTH = 26;
const HASH_SPACE = 2 ** 32;

/** A constant of this module, since V8 folds those (see `lib/invariant.ts`). */
const CHECKS = CHECKS_INVARIANTS;

const countOf = (header: number) => header & 0xffff;
const log2Of = (header: number) => header >>> 16 & 0xff;
const depthOf = (header: number) => header >>> 24;
const segmentBytes = (log2: number) => (SEGMENT_HEADER_WORDS << 2) + (8 << log2);
const maxCount = (log2: number) => (13 << log2) >>> 4;

/** Hash tables of blocks; see the module's comment. */
export abstract class Dict {
  /** Where the last successful {@link find} ended: for {@link replaceFound} and {@link removeFound}. */
  #foundSegment: Address = 0;
  #foundSlot = 0;
  #foundHash = 0;
  /** What {@link #touch} has read; keeping it stops the compiler from removing the reads. */
  #touched = 0;

  constructor(protected readonly arena: Arena) {}

  /** Whether the element at `address` has the key given as `length` bytes of `bytes` from `start`. */
  protected abstract matches(
    address: Address,
    bytes: Uint8Array,
    start: number,
    length: number,
  ): boolean;

  /** Makes an empty dict; returns its root. */
  create(): Address {
    const root = this.arena.allocate(ROOT_BYTES);
    this.arena.clear(root, ROOT_BYTES);
    return root;
  }

  /** Number of elements. */
  count(root: Address): number {
    return this.arena.load(root, COUNT);
  }

  /** The element with this key, or 0. `hash` is the key's hash. */
  find(
    root: Address,
    hash: number,
    bytes: Uint8Array,
    start: number,
    length: number,
  ): Address {
    const segment = this.#segmentFor(root, hash);
    if (segment === 0) return 0;
    const words = this.arena.u32[segment >>> VIEW_SHIFT];
    const base = (segment & VIEW_MASK) << 1;
    const slots = base + SEGMENT_HEADER_WORDS;
    const mask = (1 << log2Of(words[base])) - 1;
    for (let slot = hash & mask;; slot = slot + 1 & mask) {
      const element = words[slots + 2 * slot + 1];
      if (element === 0) return 0;
      if (
        (words[slots + 2 * slot] | 0) === hash && this.matches(element, bytes, start, length)
      ) {
        this.#foundSegment = segment;
        this.#foundSlot = slot;
        this.#foundHash = hash;
        return element;
      }
    }
  }

  /** Finds the slot that holds exactly this element; it must be there. */
  findElement(root: Address, hash: number, element: Address): void {
    const segment = this.#segmentFor(root, hash);
    const words = this.arena.u32[segment >>> VIEW_SHIFT];
    const base = (segment & VIEW_MASK) << 1;
    const slots = base + SEGMENT_HEADER_WORDS;
    const mask = (1 << log2Of(words[base])) - 1;
    let slot = hash & mask;
    while (words[slots + 2 * slot + 1] !== element) {
      if (CHECKS && words[slots + 2 * slot + 1] === 0) breaks("a dict", `no element ${element}`);
      slot = slot + 1 & mask;
    }
    this.#foundSegment = segment;
    this.#foundSlot = slot;
    this.#foundHash = hash;
  }

  /** Whether an element with this hash, known by its address, is in the dict. */
  holds(root: Address, hash: number, element: Address): boolean {
    let isThere = false;
    this.forEachWithHash(root, hash, (found) => isThere ||= found === element);
    return isThere;
  }

  /** Visits the elements with a hash; `visit` must not change the dict, but may allocate. */
  forEachWithHash(root: Address, hash: number, visit: (element: Address) => void): void {
    const segment = this.#segmentFor(root, hash);
    if (segment === 0) return;
    const mask = (1 << log2Of(this.arena.load(segment, 0))) - 1;
    for (let slot = hash & mask;; slot = slot + 1 & mask) {
      const word = SEGMENT_HEADER_WORDS + 2 * slot;
      const element = this.arena.load(segment, word + 1);
      if (element === 0) return;
      if ((this.arena.load(segment, word) | 0) === hash) visit(element);
    }
  }

  /** Replaces the element that was just found with one that has the same key. */
  replaceFound(element: Address): void {
    if (CHECKS) this.#checkFound();
    this.arena.store(
      this.#foundSegment,
      SEGMENT_HEADER_WORDS + 2 * this.#foundSlot + 1,
      element,
    );
  }

  /** Adds an element whose key is not in the dict yet. */
  insert(root: Address, hash: number, element: Address): void {
    if (CHECKS && this.holds(root, hash, element)) breaks("a dict", `it holds ${element} already`);
    const arena = this.arena;
    for (;;) {
      const segment = this.#segmentFor(root, hash);
      if (segment === 0) {
        this.#createFirstSegment(root);
        continue;
      }
      const words = arena.u32[segment >>> VIEW_SHIFT];
      const base = (segment & VIEW_MASK) << 1;
      const header = words[base];
      const log2 = log2Of(header);
      if (countOf(header) >= maxCount(log2)) {
        this.#makeRoom(root, segment, hash);
        continue;
      }
      const slots = base + SEGMENT_HEADER_WORDS;
      const mask = (1 << log2) - 1;
      let slot = hash & mask;
      while (words[slots + 2 * slot + 1] !== 0) slot = slot + 1 & mask;
      words[slots + 2 * slot] = hash;
      words[slots + 2 * slot + 1] = element;
      words[base] = header + 1;
      arena.store(root, COUNT, arena.load(root, COUNT) + 1);
      return;
    }
  }

  /** As {@link insert}, for a block that nobody else knows: if there is no memory, the block is freed. */
  insertOrFree(root: Address, hash: number, element: Address): void {
    try {
      this.insert(root, hash, element);
    } catch (error) {
      this.arena.free(element);
      throw error;
    }
  }

  /** Removes the element just found; the block itself stays the caller's. */
  removeFound(root: Address): void {
    const arena = this.arena;
    if (CHECKS) this.#checkFound();
    const segment = this.#foundSegment;
    const words = arena.u32[segment >>> VIEW_SHIFT];
    const base = (segment & VIEW_MASK) << 1;
    const slots = base + SEGMENT_HEADER_WORDS;
    const header = words[base];
    const mask = (1 << log2Of(header)) - 1;
    let hole = this.#foundSlot;
    for (let slot = hole + 1 & mask;; slot = slot + 1 & mask) {
      const element = words[slots + 2 * slot + 1];
      if (element === 0) break;
      const home = words[slots + 2 * slot] & mask;
      // The element may move back to the hole only if its probe sequence passes over the hole.
      if ((slot - home & mask) >= (slot - hole & mask)) {
        words[slots + 2 * hole] = words[slots + 2 * slot];
        words[slots + 2 * hole + 1] = element;
        hole = slot;
      }
    }
    words[slots + 2 * hole + 1] = 0;
    words[base] = header - 1;
    const total = arena.load(root, COUNT) - 1;
    arena.store(root, COUNT, total);
    if (total === 0) this.clear(root);
    else if ((header - 1 & 7) === 0) this.#shrink(root, segment, this.#foundHash);
  }

  /** Checks that the slot that was found still holds an element with the hash that was looked for. */
  #checkFound(): void {
    const word = SEGMENT_HEADER_WORDS + 2 * this.#foundSlot;
    const element = this.arena.load(this.#foundSegment, word + 1);
    const hash = this.arena.load(this.#foundSegment, word) | 0;
    if (element === 0 || hash !== (this.#foundHash | 0)) {
      breaks("a dict", "what was found has moved");
    }
  }

  /** Frees the directory and all segments: the dict is empty. Elements stay the caller's. */
  clear(root: Address): void {
    for (const block of this.#ownBlocks(root)) this.arena.free(block);
    this.arena.clear(root, ROOT_BYTES);
  }

  /** Frees the dict, root and all. Elements stay the caller's. */
  destroy(root: Address): void {
    this.clear(root);
    this.arena.free(root);
  }

  /**
   * Visits about `count` elements in order of their hashes, from `cursor` (0 to begin with) on. Returns the next cursor, 0 at the
   * end. The visitor must not change this dict, but may do anything else.
   */
  scan(
    root: Address,
    cursor: number,
    count: number,
    visit: (element: Address, hash: number) => void,
  ): number {
    const total = this.count(root);
    if (total === 0) return 0;
    const depth = this.arena.load(root, DEPTH);
    const directory = this.arena.load(root, DIRECTORY);
    let visited = 0;
    let from = cursor;
    while (from < HASH_SPACE && visited < count) {
      const segment = this.arena.load(directory, Math.floor(from / 2 ** (32 - depth)));
      const header = this.arena.load(segment, 0);
      const width = 2 ** (32 - depthOf(header));
      const segmentEnd = (Math.floor(from / width) + 1) * width;
      const share = Math.ceil(HASH_SPACE * (count - visited) / total);
      const to = Math.min(segmentEnd, from + share);
      if (to === segmentEnd && from % width === 0) this.#touch(segment);
      visited += this.#visit(segment, from, to, visit);
      from = to;
    }
    return from >= HASH_SPACE ? 0 : from;
  }

  /** Visits the elements of a segment whose hashes are at least `from` and below `to`; returns how many. */
  #visit(
    segment: Address,
    from: number,
    to: number,
    visit: (element: Address, hash: number) => void,
  ): number {
    const { arena } = this;
    const end = SEGMENT_HEADER_WORDS + (2 << log2Of(arena.load(segment, 0)));
    let visited = 0;
    // No view is held here: the visitor may allocate, and that may detach views.
    for (let word = SEGMENT_HEADER_WORDS; word < end; word += 2) {
      const element = arena.load(segment, word + 1);
      const hash = arena.load(segment, word);
      if (element !== 0 && hash >= from && hash < to) {
        visit(element, hash | 0);
        visited++;
      }
    }
    return visited;
  }

  /**
   * Reads the first word of every element of a segment. They lie anywhere in memory. The processor fetches many of them at once if it has
   * nothing else to do between the reads, so they are in its cache when they are visited one by one.
   */
  #touch(segment: Address): void {
    const { u32 } = this.arena;
    const words = u32[segment >>> VIEW_SHIFT];
    const base = ((segment & VIEW_MASK) << 1) + SEGMENT_HEADER_WORDS;
    const end = base + (2 << log2Of(words[base - SEGMENT_HEADER_WORDS]));
    let seen = 0;
    for (let word = base + 1; word < end; word += 2) {
      const element = words[word];
      if (element !== 0) seen ^= u32[element >>> VIEW_SHIFT][(element & VIEW_MASK) << 1];
    }
    this.#touched = seen;
  }

  /** Visits every element, as {@link scan} does. */
  forEach(root: Address, visit: (element: Address, hash: number) => void): void {
    this.scan(root, 0, Infinity, visit);
  }

  /** An element chosen so that each is equally likely, or 0 if there is none. */
  random(root: Address, random: RandomSource): Address {
    if (this.count(root) === 0) return 0;
    const arena = this.arena;
    const depth = arena.load(root, DEPTH);
    const directory = arena.load(root, DIRECTORY);
    for (;;) {
      const index = random.below(2 ** depth);
      const segment = arena.load(directory, index);
      const header = arena.load(segment, 0);
      // A shallow segment stands in the directory several times. Taking only its first place makes all segments equally likely.
      if (index % 2 ** (depth - depthOf(header)) !== 0) continue;
      const slot = random.below(1 << log2Of(header));
      const element = arena.load(segment, SEGMENT_HEADER_WORDS + 2 * slot + 1);
      if (element !== 0) return element;
    }
  }

  /** The root and every block that the dict itself owns, without the elements, for the checker. */
  *blocks(root: Address): Generator<Address> {
    yield root;
    yield* this.#ownBlocks(root);
  }

  /** How full the table is, for DEBUG HTSTATS. */
  shape(root: Address): { elements: number; segments: number; slots: number; depth: number } {
    let segments = 0;
    let slots = 0;
    for (const segment of this.#segments(root)) {
      segments++;
      slots += 1 << log2Of(this.arena.load(segment, 0));
    }
    return { elements: this.count(root), segments, slots, depth: this.arena.load(root, DEPTH) };
  }

  *#ownBlocks(root: Address): Generator<Address> {
    const directory = this.arena.load(root, DIRECTORY);
    if (directory === 0) return;
    yield* this.#segments(root);
    yield directory;
  }

  *#segments(root: Address): Generator<Address> {
    const directory = this.arena.load(root, DIRECTORY);
    if (directory === 0) return;
    const depth = this.arena.load(root, DEPTH);
    for (let index = 0; index < 2 ** depth;) {
      const segment = this.arena.load(directory, index);
      index += 2 ** (depth - depthOf(this.arena.load(segment, 0)));
      yield segment;
    }
  }

  #segmentFor(root: Address, hash: number): Address {
    const words = this.arena.u32[root >>> VIEW_SHIFT];
    const base = (root & VIEW_MASK) << 1;
    const directory = words[base + DIRECTORY];
    if (directory === 0) return 0;
    const depth = words[base + DEPTH];
    return this.arena.load(directory, depth === 0 ? 0 : hash >>> 32 - depth);
  }

  #createSegment(log2: number, depth: number): Address {
    const segment = this.arena.allocate(segmentBytes(log2));
    this.arena.clear(segment, segmentBytes(log2));
    this.arena.store(segment, 0, log2 << 16 | depth << 24);
    return segment;
  }

  /** As {@link #createSegment}. If there is no memory, frees `block`, which was to be inserted. */
  #createSegmentOrFree(block: Address, log2: number, depth: number): Address {
    try {
      return this.#createSegment(log2, depth);
    } catch (error) {
      this.arena.free(block);
      throw error;
    }
  }

  #createFirstSegment(root: Address): void {
    const directory = this.arena.allocate(4);
    const segment = this.#createSegmentOrFree(directory, SMALLEST_LOG2, 0);
    this.arena.store(directory, 0, segment);
    this.arena.store(root, DIRECTORY, directory);
    this.arena.store(root, DEPTH, 0);
    this.arena.store(root, DEEPEST_COUNT, 1);
  }

  #makeRoom(root: Address, segment: Address, hash: number): void {
    const header = this.arena.load(segment, 0);
    const depth = depthOf(header);
    if (log2Of(header) < SPLIT_LOG2 || depth === MAX_DEPTH) {
      this.#resize(root, segment, hash, log2Of(header) + 1);
    } else {
      if (depth === this.arena.load(root, DEPTH)) this.#doubleDirectory(root);
      this.#split(root, segment, hash);
    }
  }

  /** Moves a segment's elements to a new one of another capacity. */
  #resize(root: Address, segment: Address, hash: number, log2: number): void {
    const depth = depthOf(this.arena.load(segment, 0));
    const resized = this.#createSegment(log2, depth);
    this.#moveAll(segment, resized);
    this.#pointTo(root, hash, depth, resized);
    this.arena.free(segment);
  }

  #split(root: Address, segment: Address, hash: number): void {
    const arena = this.arena;
    const header = arena.load(segment, 0);
    const log2 = log2Of(header);
    const depth = depthOf(header) + 1;
    const low = this.#createSegment(log2, depth);
    const high = this.#createSegmentOrFree(low, log2, depth);
    const bit = 1 << 32 - depth;
    for (let slot = 0; slot < 1 << log2; slot++) {
      const element = arena.load(segment, SEGMENT_HEADER_WORDS + 2 * slot + 1);
      if (element === 0) continue;
      const elementHash = arena.load(segment, SEGMENT_HEADER_WORDS + 2 * slot) | 0;
      this.#put((elementHash & bit) === 0 ? low : high, elementHash, element);
    }
    this.#pointTo(root, hash & ~bit, depth, low);
    this.#pointTo(root, hash | bit, depth, high);
    if (depth === arena.load(root, DEPTH)) {
      arena.store(root, DEEPEST_COUNT, arena.load(root, DEEPEST_COUNT) + 2);
    }
    arena.free(segment);
  }

  #doubleDirectory(root: Address): void {
    const arena = this.arena;
    const depth = arena.load(root, DEPTH);
    const directory = arena.load(root, DIRECTORY);
    const doubled = arena.allocate(8 * 2 ** depth);
    for (let index = 0; index < 2 ** depth; index++) {
      const segment = arena.load(directory, index);
      arena.store(doubled, 2 * index, segment);
      arena.store(doubled, 2 * index + 1, segment);
    }
    arena.free(directory);
    arena.store(root, DIRECTORY, doubled);
    arena.store(root, DEPTH, depth + 1);
    arena.store(root, DEEPEST_COUNT, 0);
  }

  /** After a removal: merges the segment with its buddy, or halves the only one, if few enough elements are left. */
  #shrink(root: Address, segment: Address, hash: number): void {
    const arena = this.arena;
    const header = arena.load(segment, 0);
    const log2 = log2Of(header);
    const depth = depthOf(header);
    if (depth === 0) {
      if (log2 > SMALLEST_LOG2 && countOf(header) <= 1 << log2 - 3) {
        this.#resize(root, segment, hash, log2 - 1);
      }
      return;
    }
    const bit = 1 << 32 - depth;
    const buddy = this.#segmentFor(root, hash ^ bit);
    const buddyHeader = arena.load(buddy, 0);
    const few = 3 << log2 - 3;
    if (
      depthOf(buddyHeader) !== depth || log2Of(buddyHeader) !== log2 ||
      countOf(header) + countOf(buddyHeader) > few
    ) return;
    this.#moveAll(buddy, segment);
    arena.store(segment, 0, arena.load(segment, 0) - (1 << 24));
    this.#pointTo(root, hash, depth - 1, segment);
    arena.free(buddy);
    if (depth === arena.load(root, DEPTH)) {
      const deepest = arena.load(root, DEEPEST_COUNT) - 2;
      arena.store(root, DEEPEST_COUNT, deepest);
      if (deepest === 0) this.#halveDirectory(root);
    }
  }

  #halveDirectory(root: Address): void {
    const arena = this.arena;
    let depth = arena.load(root, DEPTH);
    let deepest = 0;
    while (depth > 0 && deepest === 0) {
      depth--;
      const directory = arena.load(root, DIRECTORY);
      const halved = arena.allocate(4 * 2 ** depth);
      for (let index = 0; index < 2 ** depth; index++) {
        const segment = arena.load(directory, 2 * index);
        arena.store(halved, index, segment);
        if (depthOf(arena.load(segment, 0)) === depth) deepest++;
      }
      arena.free(directory);
      arena.store(root, DIRECTORY, halved);
    }
    arena.store(root, DEPTH, depth);
    arena.store(root, DEEPEST_COUNT, deepest);
  }

  /** Points the directory at `segment` for all hashes that begin with the first `depth` bits of `hash`. */
  #pointTo(root: Address, hash: number, depth: number, segment: Address): void {
    const arena = this.arena;
    const directory = arena.load(root, DIRECTORY);
    const spare = arena.load(root, DEPTH) - depth;
    const first = (depth === 0 ? 0 : hash >>> 32 - depth) * 2 ** spare;
    for (let index = first; index < first + 2 ** spare; index++) {
      arena.store(directory, index, segment);
    }
  }

  #moveAll(from: Address, to: Address): void {
    const arena = this.arena;
    const capacity = 1 << log2Of(arena.load(from, 0));
    for (let slot = 0; slot < capacity; slot++) {
      const element = arena.load(from, SEGMENT_HEADER_WORDS + 2 * slot + 1);
      if (element !== 0) {
        this.#put(to, arena.load(from, SEGMENT_HEADER_WORDS + 2 * slot) | 0, element);
      }
    }
  }

  #put(segment: Address, hash: number, element: Address): void {
    const words = this.arena.u32[segment >>> VIEW_SHIFT];
    const base = (segment & VIEW_MASK) << 1;
    const slots = base + SEGMENT_HEADER_WORDS;
    const mask = (1 << log2Of(words[base])) - 1;
    let slot = hash & mask;
    while (words[slots + 2 * slot + 1] !== 0) slot = slot + 1 & mask;
    words[slots + 2 * slot] = hash;
    words[slots + 2 * slot + 1] = element;
    words[base]++;
  }
}
