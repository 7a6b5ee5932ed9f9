/**
 * A snapshot without fork: all keys as they were at one moment, written a slice at a time while commands go on.
 *
 * The keys are walked in order of their hashes. A key that is about to change before its turn has come is written out of turn, and its hash
 * is remembered so that the walk leaves it out. The hash of a new key is remembered too. So the memory needed is one number for each key
 * that changes meanwhile. A key is written whole: before one with a very large value changes, its client waits for all of it.
 *
 * @module
 */
import type { Address } from "../arena/memory.ts";
import type { Database, KeyspaceSnapshot } from "./database.ts";
import type { Keyspace } from "./keyspace.ts";

/** How many keys are written between two looks at the clock. */
const KEYS_AT_ONCE = 64;

/** Writes the keys that a snapshot shows it. */
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

/** The keys of one database as it was at the beginning. They stay in their dict, whatever database the dict belongs to later. */
interface Tree {
  /** Root of the dict; 0 when the dict is gone, after everything in it was written. */
  root: Address;
  /** The database that the dict belonged to at the beginning. */
  readonly database: Database;
  /** The walk has passed all hashes below this one, as unsigned numbers. */
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
  /** The trees that are still to be written; the walk is in the first one. */
  readonly #trees: Tree[];

  /** Begins: from now on the keyspace tells this snapshot before keys change. */
  constructor(private readonly keyspace: Keyspace, private readonly writer: SnapshotWriter) {
    this.total = keyspace.size;
    this.#trees = keyspace.databases.map((database) => ({
      ...{ root: database.root, database },
      ...{ cursor: 0, done: new Set<number>() },
    }));
    writer.begin();
    keyspace.addSnapshot(this);
  }

  before(root: Address, hash: number): void {
    const tree = this.#trees.find((other) => other.root === root);
    // A dict that was in no database of clients at the beginning is no part of the snapshot.
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

  /** Writes until `elapsedMs` says that about `budgetMs` have passed, but at least `keysAtOnce` keys; returns whether everything is written. */
  step(elapsedMs: () => number, budgetMs: number, keysAtOnce: number = KEYS_AT_ONCE): boolean {
    while (this.#trees.length > 0) {
      if (this.#walk(this.#trees[0], keysAtOnce)) this.#trees.shift();
      if (elapsedMs() >= budgetMs) break;
    }
    return this.#trees.length === 0;
  }

  /** Ends, finished or not. */
  end(): void {
    this.keyspace.removeSnapshot(this);
  }

  /** Writes the next keys of a tree; returns whether they were the last. */
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
