/**
 * A snapshot without fork: all keys as they were at one moment, written a slice at a time while commands go on.
 *
 * The keys are walked in order of their hashes. Before keys change whose turn has not come, they are written out of turn, and their hash is
 * remembered so that the walk leaves them out; so is the hash of a key that is new. What is remembered is a number for each key that changes
 * meanwhile. A key is written whole: before one with a very large value changes, its client waits for all of it.
 *
 * @module
 */
import type { Address } from "../arena/memory.ts";
import type { Database } from "../keyspace/database.ts";
import type { Keyspace, KeyspaceSnapshot } from "../keyspace/keyspace.ts";

/** Keys between two looks at the clock. */
const KEYS_AT_ONCE = 64;

/** What writes the keys that a snapshot shows it. */
export interface SnapshotWriter {
  /** Writes what comes before the entries. */
  begin(): void;
  /** Writes an entry of a database; entries come in any order. */
  entry(database: Database, entry: Address): void;
  /** Writes what comes after the entries. */
  end(): void;
}

/** A snapshot that is being written; ends when {@link step} has returned true. */
export class Snapshot implements KeyspaceSnapshot {
  /** Keys written so far. */
  written = 0;
  /** Keys there were at the beginning. */
  readonly total: number;
  /** Index of the database that the walk is in. */
  #index = 0;
  /** The walk has passed all hashes below, as unsigned numbers. */
  #cursor = 0;
  /** Hashes beyond the walk whose keys are written, by database. */
  readonly #done: readonly Set<number>[];

  /** Begins: from here on the keyspace tells before it changes. */
  constructor(private readonly keyspace: Keyspace, private readonly file: SnapshotWriter) {
    this.total = keyspace.size;
    this.#done = keyspace.databases.map(() => new Set());
    file.begin();
    keyspace.snapshot = this;
  }

  before(database: Database, hash: number): void {
    const { index } = database;
    const position = hash >>> 0;
    // What is not in a database of clients is no part of the data.
    if (index < 0 || index < this.#index) return;
    if (index === this.#index && position < this.#cursor) return;
    const done = this.#done[index];
    if (done.has(position)) return;
    done.add(position);
    database.forEachWithHash(hash, (entry) => this.#write(database, entry));
  }

  beforeAll(): void {
    this.step(() => 0, Infinity);
  }

  /** Writes for about `budgetMs` by `elapsedMs`; whether all is written. */
  step(elapsedMs: () => number, budgetMs: number): boolean {
    const { databases } = this.keyspace;
    while (this.#index < databases.length) {
      this.#walk(databases[this.#index]);
      if (elapsedMs() >= budgetMs) break;
    }
    return this.#index >= databases.length;
  }

  /** Ends, finished or not. */
  end(): void {
    if (this.keyspace.snapshot === this) this.keyspace.snapshot = undefined;
  }

  /** Writes the next keys of a database, and goes on to the next database behind the last. */
  #walk(database: Database): void {
    const done = this.#done[this.#index];
    const next = database.scan(this.#cursor, KEYS_AT_ONCE, (entry, hash) => {
      if (!done.has(hash >>> 0)) this.#write(database, entry);
    });
    this.#cursor = next;
    if (next !== 0) return;
    done.clear();
    this.#index++;
  }

  #write(database: Database, entry: number): void {
    this.written++;
    this.file.entry(database, entry);
  }
}
