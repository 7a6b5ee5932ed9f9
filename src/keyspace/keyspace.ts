/**
 * All databases and what they share: one arena, one keyed hash, one clock.
 *
 * @module
 */
import { Arena } from "../arena/arena.ts";
import { type ArenaReport, checkArena } from "../arena/checker.ts";
import type { Address } from "../arena/memory.ts";
import { FieldDict } from "../encodings/field_dict.ts";
import { PagedVector } from "../encodings/paged_vector.ts";
import { HalfSipHash } from "../lib/halfsiphash.ts";
import type { RandomSource } from "../lib/random.ts";
import { AccessClock } from "./access_clock.ts";
import {
  Database,
  type DatabaseObserver,
  type DatabaseParts,
  type DetachedKeys,
  type KeyspaceBranches,
  type KeyspaceSnapshot,
} from "./database.ts";
import { Entries, KeyDict } from "./entry.ts";
import { Evictor } from "./eviction.ts";
import { Hashes } from "./hashes.ts";
import type { OwnVolatileKeys } from "./own_volatile_keys.ts";
import { Lists } from "./lists.ts";
import { SortedSets } from "./sorted_sets.ts";
import { Sets } from "./sets.ts";
import { Streams } from "./streams.ts";
import { Strings } from "./strings.ts";
import { LazyFree } from "./lazy_free.ts";
import type { TypeOperations } from "./type_operations.ts";
import { type PerType, ValueType } from "./value_type.ts";
import { VolatileFields } from "./volatile_fields.ts";

/** Where the client does not ask otherwise, a value with more elements than this is freed in the background. */
const MAX_FREED_AT_ONCE = 64;

/** Counters of the keyspace, as INFO shows them; CONFIG RESETSTAT clears them. */
export class KeyspaceStats {
  /** Reads that found their key. */
  hits = 0;
  /** Reads that did not. */
  misses = 0;
  /** Keys deleted because they had expired. */
  expired = 0;
  /** Times an active expire cycle ended because its time was up. */
  expireCyclesCut = 0;
  /** Estimated share of expired keys among those with a TTL, 0 to 1. */
  staleShare = 0;

  reset(): void {
    this.hits =
      this.misses =
      this.expired =
      this.expireCyclesCut =
      this.staleShare =
        0;
  }
}

/** Is told what happens to keys without a client having asked for it. */
export interface KeyspaceObserver extends DatabaseObserver {
  /** Called before an entry is deleted to make room. */
  keyEvicted(database: Database, entry: Address): void;
}

/** The databases of one server. */
export class Keyspace implements DatabaseParts {
  readonly arena: Arena = new Arena();
  readonly entries: Entries = new Entries(this.arena);
  readonly dict: KeyDict = new KeyDict(this.entries);
  readonly vectors: PagedVector = new PagedVector(this.arena);
  readonly stats: KeyspaceStats = new KeyspaceStats();
  readonly lazyFree: LazyFree = new LazyFree(this);
  readonly accessClock: AccessClock;
  readonly evictor: Evictor;
  readonly hasher: HalfSipHash;
  /** The dicts of large hashes and sets. */
  readonly tables: FieldDict;
  /** Hashes whose fields may have TTLs. */
  readonly volatileFields: VolatileFields;
  readonly hashes: Hashes;
  readonly sets: Sets;
  readonly lists: Lists;
  readonly sortedSets: SortedSets;
  readonly streams: Streams;
  /** The operations on values, by type. */
  readonly types: PerType<TypeOperations>;
  readonly databases: readonly Database[];
  /** A database in which values are built that may turn out to be broken. It is empty between commands. */
  readonly scratch: Database;
  /** Sees keys before they change, if somebody wants to: a snapshot that is being taken, a branch. */
  snapshot: KeyspaceSnapshot | undefined = undefined;
  /** The states of all keys that are remembered, if there are any. */
  branches: KeyspaceBranches | undefined = undefined;
  /** Is told of expiries and the like, if set. */
  observer: KeyspaceObserver | undefined = undefined;
  /** Whether the observer wants to know of lookups that find nothing. */
  tellsOfMisses = false;
  /** Whether the observer wants to know of keys that are added. */
  tellsOfNewKeys = false;
  /** Whether keys expire at all. It is false only while data is loaded that must come in unchanged. */
  expiryEnabled = true;
  /**
   * Whether expired keys stay, though lookups do not find them (CLIENT PAUSE, or because this is a replica). Expired fields of hashes, whose TTLs Redis 7.2 does not
   * have, are removed all the same when a lookup meets them.
   */
  keepsExpired = false;
  /** On a replica, the keys whose TTLs do not come from the primary. */
  ownVolatileKeys: OwnVolatileKeys | undefined = undefined;
  /** Bytes in use while every database is empty. */
  readonly baseBytes: number;
  #nowMs = 0;
  #snapshots: readonly KeyspaceSnapshot[] = [];

  constructor(
    databaseCount: number,
    random: RandomSource,
    /** Whether the databases keep their keys by slot, too. */
    readonly indexesSlots: boolean = false,
  ) {
    this.accessClock = new AccessClock(random);
    this.evictor = new Evictor(this, random);
    this.hasher = new HalfSipHash(random.int32(), random.int32());
    this.tables = new FieldDict(this.arena, this.hasher);
    this.volatileFields = new VolatileFields(this.arena, this.hasher);
    this.hashes = new Hashes(this);
    this.sets = new Sets(this);
    this.lists = new Lists(this);
    this.sortedSets = new SortedSets(this);
    this.streams = new Streams(this);
    this.types = {
      [ValueType.String]: new Strings(this.entries),
      [ValueType.List]: this.lists,
      [ValueType.Set]: this.sets,
      [ValueType.SortedSet]: this.sortedSets,
      [ValueType.Hash]: this.hashes,
      [ValueType.Stream]: this.streams,
    };
    this.databases = Array.from({ length: databaseCount }, (_, i) => new Database(this, i));
    this.scratch = new Database(this, -1);
    this.baseBytes = this.arena.usedBytes;
  }

  /** The time by which keys expire, in milliseconds since 1970. It stands still while a command runs. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Sets the time for the commands to come. */
  setTime(nowMs: number): void {
    if (nowMs === this.#nowMs) return;
    this.#nowMs = nowMs;
    this.accessClock.setTime(nowMs);
  }

  /** Shows a snapshot keys before they change, until {@link removeSnapshot}. */
  addSnapshot(snapshot: KeyspaceSnapshot): void {
    this.#snapshots = [...this.#snapshots, snapshot];
    this.snapshot = together(this.#snapshots);
  }

  removeSnapshot(snapshot: KeyspaceSnapshot): void {
    this.#snapshots = this.#snapshots.filter((other) => other !== snapshot);
    this.snapshot = together(this.#snapshots);
  }

  /** Number of keys in all databases. */
  get size(): number {
    let size = 0;
    for (const database of this.databases) size += database.size;
    return size;
  }

  /** Number of keys with a TTL in all databases. */
  get volatileSize(): number {
    let size = 0;
    for (const database of this.databases) size += database.volatileSize;
    return size;
  }

  /**
   * Lets nothing expire while `run` builds what must come in unchanged. Afterwards {@link expiryEnabled} is what it was before, because a
   * load may be going on around it.
   */
  withoutExpiry<T>(run: () => T): T {
    const wasEnabled = this.expiryEnabled;
    this.expiryEnabled = false;
    try {
      return run();
    } finally {
      this.expiryEnabled = wasEnabled;
    }
  }

  /** The operations on values of this entry's type. */
  operations(entry: Address): TypeOperations {
    return this.types[this.entries.type(entry)];
  }

  unshare(database: Database, copy: Address): void {
    this.operations(copy).unshare(database, copy);
  }

  /**
   * Frees an entry that has been taken out of its dict, with everything that its value owns. With `later` a large value is freed in the
   * background.
   */
  freeEntry(entry: Address, later = false): void {
    const type = this.operations(entry);
    const count = later ? type.count(entry) : 0;
    const steps = type.dismantle(entry);
    if (steps !== undefined) {
      if (count > MAX_FREED_AT_ONCE) this.lazyFree.addValue(steps);
      else for (const _ of steps);
    }
    this.arena.free(entry);
  }

  /** Every block of an entry, for the checker. */
  *entryBlocks(entry: Address): Generator<Address> {
    yield entry;
    yield* this.operations(entry).blocks(entry);
  }

  /** Every block of keys that were taken out of their database, for the checker. */
  *detachedBlocks({ root, volatileRoot, fieldsRoot }: DetachedKeys): Generator<Address> {
    yield* this.dict.blocks(root);
    yield* this.vectors.blocks(volatileRoot);
    yield* this.volatileFields.indexBlocks(fieldsRoot);
    const entries: Address[] = [];
    this.dict.forEach(root, (entry) => entries.push(entry));
    for (const entry of entries) yield* this.entryBlocks(entry);
  }

  /** Frees what is waiting to be freed, walks everything and reports what is wrong. O(arena). */
  check(): ArenaReport {
    this.lazyFree.finish();
    return checkArena(this.arena, this.#blocks());
  }

  *#blocks(): Generator<Address> {
    for (const database of this.databases) yield* database.blocks();
    yield* this.scratch.blocks();
    if (this.branches !== undefined) yield* this.branches.blocks();
  }
}

/** Several snapshots as one. */
function together(snapshots: readonly KeyspaceSnapshot[]): KeyspaceSnapshot | undefined {
  if (snapshots.length < 2) return snapshots[0];
  return {
    before(root, hash) {
      for (const snapshot of snapshots) snapshot.before(root, hash);
    },
    beforeEnd(root) {
      for (const snapshot of snapshots) snapshot.beforeEnd(root);
    },
  };
}
