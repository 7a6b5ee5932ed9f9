/**
 * Frees what was detached from the keyspace (FLUSHALL ASYNC, UNLINK of a large value), a slice at a time, so that no client waits for millions of blocks.
 *
 * @module
 */
import type { Address } from "../arena/memory.ts";
import type { Dict } from "../encodings/dict.ts";
import type { Database } from "./database.ts";
import type { Keyspace } from "./keyspace.ts";

/** A dict whose elements are freed first, then itself. */
interface Job {
  readonly dict: Dict;
  readonly root: Address;
  /** Vector to be freed with it; 0 is none. */
  readonly volatileRoot: Address;
  readonly freeElement: (element: Address) => void;
  readonly elementBlocks: (element: Address) => Iterable<Address>;
  cursor: number;
  elementsFreed: boolean;
}

/** The blocks still to be freed. */
export class LazyFree {
  /** Keys freed this way since the start (or CONFIG RESETSTAT). */
  freed = 0;
  readonly #jobs: Job[] = [];

  constructor(private readonly keyspace: Keyspace) {}

  /** Keys that wait to be freed. */
  get pending(): number {
    let pending = 0;
    for (const job of this.#jobs) {
      pending += job.elementsFreed ? 0 : job.dict.count(job.root);
    }
    return pending;
  }

  /** Whether there is nothing to free. */
  get isIdle(): boolean {
    return this.#jobs.length === 0;
  }

  /** Empties a database and frees its keys later. */
  add(database: Database): void {
    const { keyspace } = this;
    this.#jobs.push({
      dict: keyspace.dict,
      ...database.detach(),
      freeElement: (entry) => keyspace.freeEntry(entry, true),
      elementBlocks: (entry) => keyspace.entryBlocks(entry),
      cursor: 0,
      elementsFreed: false,
    });
  }

  /** Frees the dict of a large hash or set later. */
  addTable(root: Address): void {
    const { arena, tables } = this.keyspace;
    this.#jobs.push({
      dict: tables,
      root,
      volatileRoot: 0,
      freeElement: (element) => arena.free(element),
      elementBlocks: (element) => [element],
      cursor: 0,
      elementsFreed: false,
    });
  }

  /** Frees about `count` keys. */
  step(count: number): void {
    const job = this.#jobs[0];
    if (job === undefined) return;
    if (!job.elementsFreed) {
      job.cursor = job.dict.scan(job.root, job.cursor, count, (element) => {
        job.freeElement(element);
        this.freed++;
      });
      job.elementsFreed = job.cursor === 0;
      return;
    }
    job.dict.destroy(job.root);
    if (job.volatileRoot !== 0) this.keyspace.vectors.destroy(job.volatileRoot);
    this.#jobs.shift();
  }

  /** Every block that waits to be freed, for the checker. */
  *blocks(): Generator<Address> {
    for (const job of this.#jobs) {
      yield* job.dict.blocks(job.root);
      if (job.volatileRoot !== 0) yield* this.keyspace.vectors.blocks(job.volatileRoot);
      const waiting: Address[] = [];
      if (!job.elementsFreed) {
        job.dict.scan(job.root, job.cursor, Infinity, (element) => waiting.push(element));
      }
      for (const element of waiting) yield* job.elementBlocks(element);
    }
  }
}
