/**
 * One database: its keys and their deadlines, and every way to look up a key or change one.
 *
 * The methods that change an entry's size return its address, which may have changed, because the block may have moved; the old one is then
 * no longer valid. Keys and values come in as ranges of bytes, so that nothing is copied before it reaches the arena.
 *
 * @module
 */
import { Arena } from "../arena/arena.ts";
import { type Address, VIEW_SHIFT } from "../arena/memory.ts";
import type { PagedVector } from "../encodings/paged_vector.ts";
import { type ByteRange, copyBytes } from "../lib/bytes.ts";
import { breaks, CHECKS_INVARIANTS, poison } from "../lib/invariant.ts";
import type { HalfSipHash } from "../lib/halfsiphash.ts";
import type { RandomSource } from "../lib/random.ts";
import type { AccessClock } from "./access_clock.ts";
import { Entries, type KeyDict, StringEncoding } from "./entry.ts";
import type { FreeingSteps } from "./freeing_steps.ts";
import { SlotIndex } from "./slot_index.ts";
import { ValueType } from "./value_type.ts";
import { VOLATILE_HASH, type VolatileFields } from "./volatile_fields.ts";

/** As a deadline: the key has no TTL. */
export const NO_TTL = 0;
/** As a deadline: the key keeps its TTL, if it has one. */
export const KEEP_TTL = -1;

/** The kind of a plain string, for {@link Database.put}. */
export const PLAIN_STRING: number = ValueType.String | StringEncoding.Plain << 4;
/** The kind of a string that OBJECT ENCODING never calls int. */
export const TEXT_STRING: number = ValueType.String | StringEncoding.Text << 4;
/** The kind of a string that OBJECT ENCODING calls raw whatever its length is. */
export const RAW_STRING: number = ValueType.String | StringEncoding.Raw << 4;

/** Most room beyond its length that a growing string gets, so that appending to it takes linear time in all. */
const MAX_SLACK_BYTES = 2 ** 20;

/** A constant of this module, since V8 folds those (see `lib/invariant.ts`). */
const CHECKS = CHECKS_INVARIANTS;

/** What the keys of a database hang on that have been taken out of it. */
export interface DetachedKeys {
  readonly root: Address;
  readonly volatileRoot: Address;
  readonly fieldsRoot: Address;
  /** Frees the index of slots. */
  readonly slots: FreeingSteps | undefined;
}

/** Is told what a database does of itself. */
export interface DatabaseObserver {
  /** Called before an expired field of a hash is removed. */
  fieldExpired(database: Database, entry: Address, field: ByteRange): void;
  /** Called after expired fields of a hash have been removed. If the hash is empty it is about to be deleted. */
  fieldsExpired(database: Database, entry: Address, isEmpty: boolean): void;
  /** Called before an expired entry is deleted. */
  keyExpired(database: Database, entry: Address): void;
  /** Called when a lookup for reading finds no key, if {@link DatabaseParts.tellsOfMisses}. */
  keyMissed(database: Database, bytes: Uint8Array, start: number, length: number): void;
  /** Called when a key has been added, if {@link DatabaseParts.tellsOfNewKeys}. */
  keyAdded(database: Database, bytes: Uint8Array, start: number, length: number): void;
}

/** Walks all keys while they change, and sees each as it was at the beginning. */
export interface KeyspaceSnapshot {
  /** Called before keys with this hash are changed, deleted or added in the dict with this root. */
  before(root: Address, hash: number): void;
  /** Called before the dict with this root is freed; all its keys have been freed by then. */
  beforeEnd(root: Address): void;
}

/** States of all keys that are remembered for later, as the keyspace sees them. */
export interface KeyspaceBranches {
  /** Takes over keys that were taken out of their database; false if no branch needs them. */
  keep(detached: DetachedKeys): boolean;
  /** Called before a key's access clock is set. */
  beforeTouch(root: Address, hash: number, entry: Address): void;
  /** Every block that branches hold, for the checker. */
  blocks(): Iterable<Address>;
}

/** What all databases of a keyspace share, as far as one of them needs it. */
export interface DatabaseParts {
  readonly arena: Arena;
  readonly entries: Entries;
  readonly dict: KeyDict;
  readonly vectors: PagedVector;
  readonly hasher: HalfSipHash;
  readonly accessClock: AccessClock;
  readonly stats: { hits: number; misses: number; expired: number };
  /** Tells how many fields a hash has. */
  readonly hashes: { count(entry: Address): number };
  readonly volatileFields: VolatileFields;
  /** Empties a database and frees its keys later. */
  readonly lazyFree: { add(database: Database): void };
  readonly snapshot: KeyspaceSnapshot | undefined;
  readonly branches: KeyspaceBranches | undefined;
  readonly observer: DatabaseObserver | undefined;
  readonly tellsOfMisses: boolean;
  readonly tellsOfNewKeys: boolean;
  readonly nowMs: number;
  readonly expiryEnabled: boolean;
  readonly keepsExpired: boolean;
  readonly ownVolatileKeys: { add(database: Database, entry: Address): void } | undefined;
  /** Whether the databases keep their keys by slot, too. */
  readonly indexesSlots: boolean;
  /** Frees an entry that has been taken out of its dict, a large one in the background if `later`. */
  freeEntry(entry: Address, later?: boolean): void;
  /** Every block of an entry, for the checker. */
  entryBlocks(entry: Address): Iterable<Address>;
  /** Gives an entry that was copied byte by byte a value of its own. */
  unshare(database: Database, copy: Address): void;
}

/** Keys by name. A `Keyspace` makes and owns it. */
export class Database {
  /** Root of the dict of all keys. */
  root: Address;
  /** Root of the vector of entries that have a TTL, in no particular order. */
  volatileRoot: Address;
  /** Root of the tree of hashes with TTLs on fields; 0 while there is none. See `VolatileFields`. */
  fieldsRoot: Address = 0;
  /** Average TTL in milliseconds, as the active expire cycle estimates it. */
  averageTtlMs = 0;
  /** Index in the vector of keys with a TTL at which the active expire cycle goes on. */
  expireCursor = 0;
  /** The keys by slot, on the node of a cluster. */
  readonly slots: SlotIndex | undefined;
  #lastHash = 0;
  #lastEntry: Address = 0;

  constructor(private readonly keyspace: DatabaseParts, readonly index: number) {
    this.root = keyspace.dict.create();
    this.volatileRoot = keyspace.vectors.create();
    this.slots = keyspace.indexesSlots ? new SlotIndex(keyspace.arena) : undefined;
  }

  /** Number of keys, including those that have expired unnoticed. */
  get size(): number {
    return this.keyspace.dict.count(this.root);
  }

  /** Number of keys that have a TTL. */
  get volatileSize(): number {
    return this.keyspace.vectors.count(this.volatileRoot);
  }

  /** The entry with this key, or 0. It may have expired. */
  peek(bytes: Uint8Array, start: number, length: number): Address {
    const { dict, hasher } = this.keyspace;
    return dict.find(this.root, hasher.hash(bytes, start, length), bytes, start, length);
  }

  /** The entry with this key, or 0. An expired entry is deleted and not found. */
  lookup(bytes: Uint8Array, start: number, length: number): Address {
    const keyspace = this.keyspace;
    const hash = keyspace.hasher.hash(bytes, start, length);
    const entry = keyspace.dict.find(this.root, hash, bytes, start, length);
    this.#lastHash = hash;
    this.#lastEntry = entry;
    if (entry === 0) return 0;
    if (this.isExpired(entry)) {
      this.expire(entry);
      return 0;
    }
    const isVolatile = keyspace.entries.kind(entry) === VOLATILE_HASH;
    return isVolatile && this.expireFields(entry, Infinity) === 0 ? 0 : entry;
  }

  /** As {@link lookup}, for reading: counts a hit or a miss and, unless `touch` is false, marks the access. */
  lookupForRead(bytes: Uint8Array, start: number, length: number, touch: boolean): Address {
    const entry = this.lookup(bytes, start, length);
    if (entry === 0) this.countMiss(bytes, start, length);
    else this.countHit(entry, touch);
    return entry;
  }

  /** Counts that somebody has looked for a key to read it, and it was not there. */
  countMiss(bytes: Uint8Array, start: number, length: number): void {
    this.keyspace.stats.misses++;
    if (this.keyspace.tellsOfMisses) this.keyspace.observer?.keyMissed(this, bytes, start, length);
  }

  /** Counts that somebody has found a key to read it, and unless `touch` is false, marks the access. */
  countHit(entry: Address, touch: boolean): void {
    this.keyspace.stats.hits++;
    if (touch) this.touch(entry);
  }

  /** Shows a key to the snapshot that is being taken, before the key changes. For the keys that a command declares, the executor does so. */
  beforeChange(bytes: Uint8Array, start: number, length: number): undefined {
    const { hasher, snapshot } = this.keyspace;
    snapshot?.before(this.root, hasher.hash(bytes, start, length));
  }

  /** Marks an access to the entry. */
  touch(entry: Address): void {
    const { branches, entries, accessClock } = this.keyspace;
    branches?.beforeTouch(this.root, this.#hashOf(entry), entry);
    entries.setClock(entry, accessClock.touched(entries.clock(entry)));
  }

  /** Whether the entry's deadline has passed. */
  isExpired(entry: Address): boolean {
    const entries = this.keyspace.entries;
    return entries.hasTtl(entry) && entries.deadline(entry) < this.keyspace.nowMs &&
      this.keyspace.expiryEnabled;
  }

  /** Deletes an entry whose deadline has passed and tells the keyspace's observer, unless such entries have to stay for now. */
  expire(entry: Address): void {
    if (!this.keyspace.keepsExpired) this.expireNow(entry);
  }

  /** As {@link expire}, in any case. */
  expireNow(entry: Address): void {
    this.keyspace.stats.expired++;
    this.keyspace.observer?.keyExpired(this, entry);
    this.delete(entry, true);
  }

  /**
   * Removes up to `limit` expired fields of a hash, and the hash itself with its last field. Returns how many fields are left; 0 if the key
   * is gone.
   */
  expireFields(entry: Address, limit: number): number {
    const { keyspace } = this;
    const { entries, hashes, volatileFields } = keyspace;
    if (!keyspace.expiryEnabled) return hashes.count(entry);
    if (keyspace.snapshot !== undefined) {
      const { bytes, start, length } = entries.key(entry);
      this.beforeChange(bytes, start, length);
    }
    const root = entries.root(entry);
    const removed = volatileFields.purge(this, root, keyspace.nowMs, limit, (field) => {
      keyspace.observer?.fieldExpired(this, entry, field);
    });
    const left = hashes.count(entry);
    if (removed > 0) keyspace.observer?.fieldsExpired(this, entry, left === 0);
    if (left === 0) this.delete(entry);
    return left;
  }

  /** Stores a plain string under a key, replacing whatever was there. */
  setString(
    keyBytes: Uint8Array,
    keyStart: number,
    keyLength: number,
    bytes: Uint8Array,
    start: number,
    length: number,
    deadlineMs: number,
  ): void {
    const entry = this.put(PLAIN_STRING, keyBytes, keyStart, keyLength, length, deadlineMs);
    const value = this.keyspace.entries.value(entry);
    copyBytes(bytes, start, value.bytes, value.start, length);
  }

  /** Makes a key hold a copy of `value`, which must not lie in the arena, as a value of `kind` without a TTL. */
  putBlob(kind: number, key: ByteRange, value: ByteRange): Address {
    const entry = this.put(kind, key.bytes, key.start, key.length, value.length, NO_TTL);
    const target = this.keyspace.entries.value(entry);
    copyBytes(value.bytes, value.start, target.bytes, target.start, value.length);
    return entry;
  }

  /**
   * Makes the key hold a value of `kind` and `valueLength` bytes, replacing whatever was there; the caller writes the bytes.
   * `deadlineMs` may be {@link NO_TTL} or {@link KEEP_TTL}.
   */
  put(
    kind: number,
    keyBytes: Uint8Array,
    keyStart: number,
    keyLength: number,
    valueLength: number,
    deadlineMs: number,
  ): Address {
    const { arena, entries, dict, accessClock } = this.keyspace;
    const hash = this.keyspace.hasher.hash(keyBytes, keyStart, keyLength);
    this.keyspace.snapshot?.before(this.root, hash);
    let old = dict.find(this.root, hash, keyBytes, keyStart, keyLength);
    if (old !== 0 && this.isExpired(old)) {
      this.expire(old);
      old = dict.find(this.root, hash, keyBytes, keyStart, keyLength);
    }
    const deadline = deadlineMs !== KEEP_TTL
      ? deadlineMs
      : old !== 0 && entries.hasTtl(old) && !this.isExpired(old)
      ? entries.deadline(old)
      : NO_TTL;
    const hasTtl = deadline !== NO_TTL;
    const bytes = Entries.bytes(keyLength, valueLength, hasTtl);
    const clock = old !== 0 && accessClock.isLfu ? entries.clock(old) : accessClock.initial();

    if (
      old !== 0 && entries.type(old) === ValueType.String && entries.hasTtl(old) === hasTtl &&
      entries.isLong(old) === Entries.needsLong(keyLength, valueLength) &&
      arena.sizeOf(old) === Arena.blockBytes(bytes)
    ) {
      entries.writeHeader(old, kind, clock, keyLength, valueLength, hasTtl);
      if (CHECKS) this.#poisonValue(old, 0, valueLength);
      if (hasTtl) this.#setTtl(old, deadline);
      return old;
    }

    const entry = arena.allocate(bytes);
    entries.writeHeader(entry, kind, clock, keyLength, valueLength, hasTtl);
    const view = arena.u8[entry >>> VIEW_SHIFT];
    copyBytes(keyBytes, keyStart, view, entries.keyStart(entry), keyLength);
    if (old !== 0) {
      dict.replaceFound(entry);
      this.slots?.replace(old, entry, hash, keyBytes, keyStart, keyLength);
      this.#release(old);
    } else {
      dict.insert(this.root, hash, entry);
      this.slots?.add(entry, hash, keyBytes, keyStart, keyLength);
      if (this.keyspace.tellsOfNewKeys) {
        this.keyspace.observer?.keyAdded(this, keyBytes, keyStart, keyLength);
      }
    }
    this.#lastHash = hash;
    this.#lastEntry = entry;
    if (hasTtl) this.#addVolatile(entry, deadline);
    return entry;
  }

  /**
   * Makes a string's value `length` bytes long, keeps its bytes and clears the new ones; marks the string as changed in place. A string
   * that grows gets room to grow further, so that one built by appending is copied only a few times.
   */
  resizeString(entry: Address, length: number): Address {
    const { entries } = this.keyspace;
    const before = entries.valueLength(entry);
    const slack = length > before ? Math.min(length, MAX_SLACK_BYTES) : 0;
    const resized = this.resizeValue(entry, length, slack);
    entries.setEncoding(resized, StringEncoding.Raw);
    if (length > before) {
      const value = entries.value(resized);
      value.bytes.fill(0, value.start + before, value.start + length);
    }
    return resized;
  }

  /**
   * Makes a value `length` bytes long; what is new is undefined. A block that must grow gets room for `slack` bytes more; a block that
   * would be half empty shrinks.
   */
  resizeValue(entry: Address, length: number, slack = 0): Address {
    const { arena, entries } = this.keyspace;
    const hasTtl = entries.hasTtl(entry);
    const keyLength = entries.keyLength(entry);
    const needed = Entries.bytes(keyLength, length, hasTtl);
    const size = arena.sizeOf(entry);
    const isShrinking = length < entries.valueLength(entry) && needed * 2 < size;
    if (
      needed > size || isShrinking ||
      entries.isLong(entry) !== Entries.needsLong(keyLength, length)
    ) return this.#reallocate(entry, length, hasTtl, slack);
    const before = CHECKS ? entries.valueLength(entry) : 0;
    entries.setValueLength(entry, length);
    if (CHECKS) this.#poisonValue(entry, Math.min(before, length), Math.max(before, length));
    return entry;
  }

  /** Overwrites bytes of a value, or behind it, that nobody may read before they are written. */
  #poisonValue(entry: Address, from: number, to: number): void {
    const { bytes, start } = this.keyspace.entries.value(entry);
    poison(bytes, start + from, start + to);
  }

  /** Gives the entry a deadline, or takes it away with {@link NO_TTL}. */
  setDeadline(entry: Address, deadlineMs: number): Address {
    const entries = this.keyspace.entries;
    const wantsTtl = deadlineMs !== NO_TTL;
    if (entries.hasTtl(entry) !== wantsTtl) {
      const moved = this.#reallocate(entry, entries.valueLength(entry), wantsTtl, 0);
      if (wantsTtl) this.#addVolatile(moved, deadlineMs);
      return moved;
    }
    if (wantsTtl) this.#setTtl(entry, deadlineMs);
    return entry;
  }

  /** Gives an entry with room for it a deadline. On a replica, a key whose TTL does not come from the primary is remembered. */
  #setTtl(entry: Address, deadlineMs: number): void {
    const { entries, expiryEnabled, ownVolatileKeys } = this.keyspace;
    entries.setDeadline(entry, deadlineMs);
    if (ownVolatileKeys !== undefined && expiryEnabled) ownVolatileKeys.add(this, entry);
  }

  /**
   * Stores a copy of an entry's value under another key, here or in another database. What is there is deleted, not overwritten: the key is
   * a new one. The entry itself stays; it must not be the entry that is replaced.
   */
  copyTo(
    entry: Address,
    target: Database,
    keyBytes: Uint8Array,
    keyStart: number,
    keyLength: number,
  ): void {
    const copy = this.#copyEntry(entry, target, keyBytes, keyStart, keyLength);
    this.keyspace.unshare(target, copy);
  }

  /** As {@link copyTo}, but the value moves to the new key and the entry is gone. */
  moveTo(
    entry: Address,
    target: Database,
    keyBytes: Uint8Array,
    keyStart: number,
    keyLength: number,
  ): void {
    const { entries, volatileFields } = this.keyspace;
    const root = entries.kind(entry) === VOLATILE_HASH ? entries.root(entry) : 0;
    if (root !== 0) volatileFields.leave(this, root);
    const moved = this.#copyEntry(entry, target, keyBytes, keyStart, keyLength);
    if (root !== 0) volatileFields.enter(target, root, moved);
    this.#takeOut(entry);
    if (this.keyspace.entries.hasTtl(entry)) this.#removeVolatile(entry);
    // The blocks that the value owns belong to the new entry now.
    this.keyspace.arena.free(entry);
    this.#lastEntry = 0;
  }

  #copyEntry(
    entry: Address,
    target: Database,
    keyBytes: Uint8Array,
    keyStart: number,
    keyLength: number,
  ): Address {
    const { entries } = this.keyspace;
    const old = target.peek(keyBytes, keyStart, keyLength);
    if (old !== 0) target.delete(old);
    const deadlineMs = entries.hasTtl(entry) ? entries.deadline(entry) : NO_TTL;
    const kind = entries.kind(entry);
    const length = entries.valueLength(entry);
    const copy = target.put(kind, keyBytes, keyStart, keyLength, length, deadlineMs);
    entries.setClock(copy, entries.clock(entry));
    const { bytes, start } = entries.value(entry);
    const value = entries.value(copy);
    copyBytes(bytes, start, value.bytes, value.start, length);
    return copy;
  }

  /** Deletes an entry. With `later` the memory of a large value is freed in the background. */
  delete(entry: Address, later = false): void {
    this.#takeOut(entry);
    this.#release(entry, later);
    this.#lastEntry = 0;
  }

  /** Visits about `count` entries from `cursor` on, expired ones too; returns the next cursor, 0 at the end. */
  scan(
    cursor: number,
    count: number,
    visit: (entry: Address, hash: number) => void,
  ): number {
    return this.keyspace.dict.scan(this.root, cursor, count, visit);
  }

  /** Visits the entries whose keys have this hash; `visit` must not change the database. */
  forEachWithHash(hash: number, visit: (entry: Address) => void): void {
    this.keyspace.dict.forEachWithHash(this.root, hash, visit);
  }

  /** An entry chosen evenly at random, or 0. It may have expired. */
  random(random: RandomSource): Address {
    return this.keyspace.dict.random(this.root, random);
  }

  /** The entry at `index` of those that have a TTL. */
  volatileAt(index: number): Address {
    return this.keyspace.vectors.get(this.volatileRoot, index);
  }

  /** Deletes every key. */
  clear(): void {
    const { keyspace } = this;
    // A snapshot sees keys one by one as they are freed in slices. If all were freed at once, everybody would wait while it writes them.
    if (keyspace.snapshot !== undefined) return keyspace.lazyFree.add(this);
    const { dict, vectors } = keyspace;
    dict.forEach(this.root, (entry) => keyspace.freeEntry(entry));
    dict.clear(this.root);
    vectors.clear(this.volatileRoot);
    keyspace.volatileFields.destroyIndex(this.fieldsRoot);
    this.fieldsRoot = 0;
    for (const _ of this.slots?.detach() ?? []);
    this.#forget();
  }

  /** Takes all keys out; the database is empty at once. Returns what they hang on, which the caller frees. */
  detach(): DetachedKeys {
    const { root, volatileRoot, fieldsRoot } = this;
    const slots = this.slots?.detach();
    this.fieldsRoot = 0;
    this.root = this.keyspace.dict.create();
    this.volatileRoot = this.keyspace.vectors.create();
    this.#forget();
    return { root, volatileRoot, fieldsRoot, slots };
  }

  /** Puts keys in that {@link detach} has taken out of this database or another; it must be empty. */
  attach({ root, volatileRoot, fieldsRoot }: DetachedKeys): void {
    const { dict, vectors } = this.keyspace;
    dict.destroy(this.root);
    vectors.destroy(this.volatileRoot);
    this.root = root;
    this.volatileRoot = volatileRoot;
    this.fieldsRoot = fieldsRoot;
    this.#forget();
  }

  /** Exchanges all keys with another database. */
  swap(other: Database): void {
    [this.root, other.root] = [other.root, this.root];
    [this.fieldsRoot, other.fieldsRoot] = [other.fieldsRoot, this.fieldsRoot];
    [this.volatileRoot, other.volatileRoot] = [other.volatileRoot, this.volatileRoot];
    [this.averageTtlMs, other.averageTtlMs] = [other.averageTtlMs, this.averageTtlMs];
    if (other.slots !== undefined) this.slots?.swap(other.slots);
    this.#forget();
    other.#forget();
  }

  /** Every block of the arena that the database holds, for the checker. */
  *blocks(): Generator<Address> {
    const { dict, vectors } = this.keyspace;
    yield* dict.blocks(this.root);
    yield* vectors.blocks(this.volatileRoot);
    if (this.slots !== undefined) yield* this.slots.blocks();
    yield* this.keyspace.volatileFields.indexBlocks(this.fieldsRoot);
    const entries: Address[] = [];
    dict.forEach(this.root, (entry) => entries.push(entry));
    for (const entry of entries) yield* this.keyspace.entryBlocks(entry);
  }

  #forget(): void {
    this.#lastEntry = 0;
    this.averageTtlMs = 0;
    this.expireCursor = 0;
  }

  /** Takes an entry out of the dict; its blocks stay. */
  #takeOut(entry: Address): void {
    const hash = this.#find(entry);
    this.keyspace.dict.removeFound(this.root);
    if (this.slots === undefined) return;
    const { bytes, start, length } = this.keyspace.entries.key(entry);
    this.slots.remove(entry, hash, bytes, start, length);
  }

  /** Makes the dict find this entry, for `replaceFound` and `removeFound`. Returns the hash of its key. */
  #find(entry: Address): number {
    const hash = this.#hashOf(entry);
    this.keyspace.snapshot?.before(this.root, hash);
    this.keyspace.dict.findElement(this.root, hash, entry);
    return hash;
  }

  #hashOf(entry: Address): number {
    if (entry === this.#lastEntry) return this.#lastHash;
    const { bytes, start, length } = this.keyspace.entries.key(entry);
    return this.keyspace.hasher.hash(bytes, start, length);
  }

  /** Moves an entry to a block of another size or with another header. The caller sets a new TTL. */
  #reallocate(entry: Address, valueLength: number, hasTtl: boolean, slack: number): Address {
    const { arena, entries, dict, vectors } = this.keyspace;
    const keyLength = entries.keyLength(entry);
    const moved = arena.allocate(Entries.bytes(keyLength, valueLength, hasTtl) + slack);
    const hash = this.#find(entry);
    dict.replaceFound(moved);
    if (this.slots !== undefined) {
      const { bytes, start, length } = entries.key(entry);
      this.slots.replace(entry, moved, hash, bytes, start, length);
    }
    const clock = entries.clock(entry);
    entries.writeHeader(moved, entries.kind(entry), clock, keyLength, valueLength, hasTtl);
    copyBytes(
      arena.u8[entry >>> VIEW_SHIFT],
      entries.keyStart(entry),
      arena.u8[moved >>> VIEW_SHIFT],
      entries.keyStart(moved),
      keyLength + Math.min(valueLength, entries.valueLength(entry)),
    );
    if (entries.hasTtl(entry)) {
      if (hasTtl) {
        const index = entries.volatileIndex(entry);
        entries.setDeadline(moved, entries.deadline(entry));
        entries.setVolatileIndex(moved, index);
        vectors.set(this.volatileRoot, index, moved);
      } else {
        this.#removeVolatile(entry);
      }
    }
    if (entries.kind(moved) === VOLATILE_HASH) {
      this.keyspace.volatileFields.moved(entries.root(moved), moved);
    }
    arena.free(entry);
    if (this.#lastEntry === entry) this.#lastEntry = moved;
    return moved;
  }

  /** Frees an entry that has been taken out of the dict. */
  #release(entry: Address, later = false): void {
    const { entries, volatileFields } = this.keyspace;
    if (entries.hasTtl(entry)) this.#removeVolatile(entry);
    if (entries.kind(entry) === VOLATILE_HASH) volatileFields.leave(this, entries.root(entry));
    this.keyspace.freeEntry(entry, later);
  }

  #addVolatile(entry: Address, deadlineMs: number): void {
    const { entries, vectors } = this.keyspace;
    entries.setVolatileIndex(entry, vectors.push(this.volatileRoot, entry));
    this.#setTtl(entry, deadlineMs);
  }

  #removeVolatile(entry: Address): void {
    const { entries, vectors } = this.keyspace;
    const index = entries.volatileIndex(entry);
    if (CHECKS && vectors.get(this.volatileRoot, index) !== entry) {
      breaks("a database", `entry ${entry} is not where the keys with a TTL say`);
    }
    const last = vectors.pop(this.volatileRoot);
    if (last !== entry) {
      vectors.set(this.volatileRoot, index, last);
      entries.setVolatileIndex(last, index);
    }
  }
}
