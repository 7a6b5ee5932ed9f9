/**
 * Makes room by deleting keys that `maxmemory-policy` chooses.
 *
 * As in Redis the policies are approximations: each step looks at a few random keys, adds the good ones to a pool, and deletes the best key
 * of the pool. The pool makes five samples nearly as good as knowing the order of all keys.
 *
 * @module
 */
import type { Address } from "../arena/memory.ts";
import type { RandomSource } from "../lib/random.ts";
import type { Database, DatabaseParts } from "./database.ts";
import type { LazyFree } from "./lazy_free.ts";

const POOL_SIZE = 16;
/** How many elements of large values are freed between two looks at the clock. */
const FREED_AT_ONCE = 256;
/** How many keys are deleted between two looks at the clock. */
const KEYS_AT_ONCE = 16;

/** A key that may be deleted. */
interface Candidate {
  readonly database: Database;
  /** The entry may be gone when its turn comes; the hash of its key tells where to look for it. */
  readonly entry: Address;
  readonly hash: number;
  /** The higher, the better to delete. */
  readonly score: number;
}

/** How {@link Evictor.makeRoom} ended. */
export type Room =
  /** There is room now. */
  | "enough"
  /** There is no room yet, but there will be: the time was up. */
  | "soon"
  /** There is nothing that may be deleted. */
  | "none";

/** What the evictor frees memory of. */
export interface EvictorParts
  extends Pick<DatabaseParts, "accessClock" | "arena" | "dict" | "entries" | "hasher"> {
  readonly databases: readonly Database[];
  readonly lazyFree: LazyFree;
  /** Is told before an entry is deleted. */
  readonly observer: { keyEvicted(database: Database, entry: Address): void } | undefined;
}

/** Deletes keys to make room. A keyspace has one. */
export class Evictor {
  /** How many keys of each database a step looks at (`maxmemory-samples`). */
  samples = 5;
  /** Keys deleted since the start or CONFIG RESETSTAT. */
  evicted = 0;
  #policy = "noeviction";
  #isForAllKeys = false;
  /** In order of score; the best candidate is the last. */
  #pool: Candidate[] = [];
  #nextDatabase = 0;

  constructor(private readonly keyspace: EvictorParts, private readonly random: RandomSource) {}

  /** Deletes keys until the arena uses no more than `limitBytes`, or `elapsedMs` says that about `budgetMs` have passed. */
  makeRoom(limitBytes: number, elapsedMs: () => number, budgetMs: number): Room {
    const { arena, lazyFree } = this.keyspace;
    for (let steps = 1; arena.usedBytes > limitBytes; steps++) {
      // Memory that is already being freed counts as room; deleting more keys for it would be too much.
      if (!lazyFree.isIdle) lazyFree.step(FREED_AT_ONCE);
      else if (!this.#evictOne()) return "none";
      if (steps % KEYS_AT_ONCE === 0 && elapsedMs() >= budgetMs) {
        return arena.usedBytes > limitBytes ? "soon" : "enough";
      }
    }
    return "enough";
  }

  /** `maxmemory-policy`. */
  get policy(): string {
    return this.#policy;
  }

  set policy(policy: string) {
    this.#policy = policy;
    this.#isForAllKeys = policy.startsWith("allkeys-");
    // Another policy chose the candidates in the pool.
    this.#pool = [];
  }

  /** Deletes the key that the policy likes least. False if there is none. */
  #evictOne(): boolean {
    if (this.policy === "noeviction") return false;
    return this.policy.endsWith("-random") ? this.#evictRandom() : this.#evictBest();
  }

  #evictRandom(): boolean {
    const { databases } = this.keyspace;
    for (let i = 0; i < databases.length; i++) {
      const database = databases[this.#nextDatabase++ % databases.length];
      const entry = this.#sample(database);
      if (entry === 0) continue;
      this.#evict(database, entry);
      return true;
    }
    return false;
  }

  #evictBest(): boolean {
    for (;;) {
      let found = 0;
      for (const database of this.keyspace.databases) {
        for (let i = 0; i < this.samples; i++) {
          const entry = this.#sample(database);
          if (entry === 0) break;
          this.#consider(database, entry);
          found++;
        }
      }
      if (found === 0) return false;
      while (this.#pool.length > 0) {
        const { database, entry, hash, score } = this.#pool.pop()!;
        // The key may have been deleted since, or used, or have lost its TTL.
        if (!this.keyspace.dict.holds(database.root, hash, entry)) continue;
        if (!this.#mayEvict(entry) || this.#score(entry) < score) continue;
        this.#evict(database, entry);
        return true;
      }
    }
  }

  /** A random key that may be deleted; 0 if there is none. */
  #sample(database: Database): Address {
    if (this.#isForAllKeys) return database.random(this.random);
    const count = database.volatileSize;
    return count === 0 ? 0 : database.volatileAt(this.random.below(count));
  }

  #mayEvict(entry: Address): boolean {
    return this.#isForAllKeys || this.keyspace.entries.hasTtl(entry);
  }

  #score(entry: Address): number {
    const { accessClock, entries } = this.keyspace;
    if (this.policy === "volatile-ttl") return -entries.deadline(entry);
    const clock = entries.clock(entry);
    return accessClock.isLfu ? 255 - accessClock.frequency(clock) : accessClock.idleSeconds(clock);
  }

  /** Adds a key to the pool if there is a free place, or if it is better than the worst one there. */
  #consider(database: Database, entry: Address): void {
    const pool = this.#pool;
    const score = this.#score(entry);
    if (pool.length === POOL_SIZE && score <= pool[0].score) return;
    const { bytes, start, length } = this.keyspace.entries.key(entry);
    const hash = this.keyspace.hasher.hash(bytes, start, length);
    let at = pool.length;
    // Among equals those that came first go first: they have been unused for longer by now.
    while (at > 0 && pool[at - 1].score >= score) at--;
    pool.splice(at, 0, { database, entry, hash, score });
    if (pool.length > POOL_SIZE) pool.shift();
  }

  #evict(database: Database, entry: Address): void {
    this.evicted++;
    this.keyspace.observer?.keyEvicted(database, entry);
    database.delete(entry, true);
  }
}
