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
import type { Database } from "./database.ts";
import type { Keyspace, KeyspaceSnapshot } from "./keyspace.ts";

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

/** Writes all keys at once. */
export function writeAll(keyspace: Keyspace, writer: SnapshotWriter): void {
  writer.begin();
  for (const database of keyspace.databases) {
    database.scan(0, Infinity, (entry) => writer.entry(database, entry));
  }
  writer.end();
}

/** The keys of one database as it was. They keep their dict, whatever database that belongs to later. */
interface Tree {
  /** The dict; 0 when all that was left of it has been written and it is gone. */
  root: Address;
  /** The database that it was. */
  readonly database: Database;
  /** The walk has passed all hashes below, as unsigned numbers. */
  cursor: number;
  /** Hashes beyond the walk whose keys are written. */
  readonly done: Set<number>;
}

/** A snapshot that is being written; ends when {@link step} has returned true. */
export class Snapshot implements KeyspaceSnapshot {
  /** Keys written so far. */
  written = 0;
  /** Keys there were at the beginning. */
  readonly total: number;
  /** What is still to be written; the walk is in the first. */
  readonly #trees: Tree[];

  /** Begins: from here on the keyspace tells before it changes. */
  constructor(private readonly keyspace: Keyspace, private readonly writer: SnapshotWriter) {
    this.total = keyspace.size;
    this.#trees = keyspace.databases.map((database) => ({
      ...{ root: database.root, database },
      ...{ cursor: 0, done: new Set<number>() },
    }));
    writer.begin();
    keyspace.snapshot = this;
  }

  before(root: Address, hash: number): void {
    const tree = this.#trees.find((other) => other.root === root);
    // What was not in a database of clients when it began is no part of it.
    if (tree === undefined) return;
    const position = hash >>> 0;
    if (position < tree.cursor || tree.done.has(position)) return;
    tree.done.add(position);
    this.keyspace.dict.forEachWithHash(root, hash, (entry) => this.#write(tree, entry));
  }

  beforeEnd(root: Address): void {
    const tree = this.#trees.find((other) => other.root === root);
    if (tree !== undefined) tree.root = 0;
  }

  /** Writes for about `budgetMs` by `elapsedMs`, a few keys at least (`keysAtOnce`); whether all is written. */
  step(elapsedMs: () => number, budgetMs: number, keysAtOnce: number = KEYS_AT_ONCE): boolean {
    while (this.#trees.length > 0) {
      if (this.#walk(this.#trees[0], keysAtOnce)) this.#trees.shift();
      if (elapsedMs() >= budgetMs) break;
    }
    return this.#trees.length === 0;
  }

  /** Ends, finished or not. */
  end(): void {
    if (this.keyspace.snapshot === this) this.keyspace.snapshot = undefined;
  }

  /** Writes the next keys of a tree; whether they were the last. */
  #walk(tree: Tree, keys: number): boolean {
    if (tree.root === 0) return true;
    tree.cursor = this.keyspace.dict.scan(tree.root, tree.cursor, keys, (entry, hash) => {
      if (!tree.done.has(hash >>> 0)) this.#write(tree, entry);
    });
    return tree.cursor === 0;
  }

  #write({ database }: Tree, entry: Address): void {
    this.written++;
    this.writer.entry(database, entry);
  }
}
