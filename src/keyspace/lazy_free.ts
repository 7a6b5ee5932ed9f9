/**
 * Frees what was detached from the keyspace (FLUSHALL ASYNC), a slice at a time, so that no client waits for millions of blocks.
 *
 * @module
 */
import type { Address } from "../arena/memory.ts";
import type { Database } from "./database.ts";
import type { Keyspace } from "./keyspace.ts";

interface Job {
  readonly root: Address;
  readonly volatileRoot: Address;
  cursor: number;
  entriesFreed: boolean;
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
      pending += job.entriesFreed ? 0 : this.keyspace.dict.count(job.root);
    }
    return pending;
  }

  /** Whether there is nothing to free. */
  get isIdle(): boolean {
    return this.#jobs.length === 0;
  }

  /** Empties a database and frees its keys later. */
  add(database: Database): void {
    this.#jobs.push({ ...database.detach(), cursor: 0, entriesFreed: false });
  }

  /** Frees about `count` keys. */
  step(count: number): void {
    const job = this.#jobs[0];
    if (job === undefined) return;
    const { arena, dict, vectors } = this.keyspace;
    if (!job.entriesFreed) {
      job.cursor = dict.scan(job.root, job.cursor, count, (entry) => {
        arena.free(entry);
        this.freed++;
      });
      job.entriesFreed = job.cursor === 0;
      return;
    }
    dict.destroy(job.root);
    vectors.destroy(job.volatileRoot);
    this.#jobs.shift();
  }

  /** Every block that waits to be freed, for the checker. */
  *blocks(): Generator<Address> {
    const { dict, vectors } = this.keyspace;
    for (const job of this.#jobs) {
      yield* dict.blocks(job.root);
      yield* vectors.blocks(job.volatileRoot);
      const waiting: Address[] = [];
      if (!job.entriesFreed) {
        dict.scan(job.root, job.cursor, Infinity, (entry) => waiting.push(entry));
      }
      yield* waiting;
    }
  }
}
