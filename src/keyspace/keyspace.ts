/**
 * All databases and what they share: one arena, one keyed hash, one clock.
 *
 * @module
 */
import { Arena } from "../arena/arena.ts";
import { type ArenaReport, checkArena } from "../arena/checker.ts";
import type { Address } from "../arena/memory.ts";
import { PagedVector } from "../encodings/paged_vector.ts";
import { HalfSipHash } from "../lib/halfsiphash.ts";
import type { RandomSource } from "../lib/random.ts";
import { AccessClock } from "./access_clock.ts";
import { Database } from "./database.ts";
import { Entries, KeyDict } from "./entry.ts";
import { LazyFree } from "./lazy_free.ts";

/** Counters of the keyspace, as INFO shows them; CONFIG RESETSTAT clears them. */
export class KeyspaceStats {
  /** Reads that found their key. */
  hits = 0;
  /** Reads that did not. */
  misses = 0;
  /** Keys deleted because their time had come. */
  expired = 0;
  /** Times an active expire cycle ended because its time was up. */
  expireCyclesCut = 0;
  /** Estimated share of expired keys among those with a TTL, 0 to 1. */
  staleShare = 0;

  /** Sets all to zero. */
  reset(): void {
    this.hits =
      this.misses =
      this.expired =
      this.expireCyclesCut =
      this.staleShare =
        0;
  }
}

/** Who wants to know what happens to keys without a client having asked. */
export interface KeyspaceObserver {
  /** Called before an entry is deleted because its time has come. */
  keyExpired(database: Database, entry: Address): void;
}

/** The databases of one server. */
export class Keyspace {
  readonly arena: Arena = new Arena();
  readonly entries: Entries = new Entries(this.arena);
  readonly dict: KeyDict = new KeyDict(this.entries);
  readonly vectors: PagedVector = new PagedVector(this.arena);
  readonly stats: KeyspaceStats = new KeyspaceStats();
  readonly lazyFree: LazyFree = new LazyFree(this);
  readonly accessClock: AccessClock;
  readonly hasher: HalfSipHash;
  readonly databases: readonly Database[];
  /** Told of expiries, if set. */
  observer: KeyspaceObserver | undefined = undefined;
  /** Whether keys expire at all; off only while data is loaded that must come in unchanged. */
  expiryEnabled = true;
  /** Bytes in use while every database is empty. */
  readonly baseBytes: number;
  #nowMs = 0;

  constructor(databaseCount: number, random: RandomSource) {
    this.accessClock = new AccessClock(random);
    this.hasher = new HalfSipHash(random.int32(), random.int32());
    this.databases = Array.from({ length: databaseCount }, (_, i) => new Database(this, i));
    this.baseBytes = this.arena.usedBytes;
  }

  /** The time by which keys expire, in milliseconds since 1970: it stands still while a command runs. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Sets the time for the commands to come. */
  setTime(nowMs: number): void {
    if (nowMs === this.#nowMs) return;
    this.#nowMs = nowMs;
    this.accessClock.setTime(nowMs);
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

  /** Walks everything and reports what is wrong. O(arena). */
  check(): ArenaReport {
    return checkArena(this.arena, this.#blocks());
  }

  *#blocks(): Generator<Address> {
    for (const database of this.databases) yield* database.blocks();
    yield* this.lazyFree.blocks();
  }
}
