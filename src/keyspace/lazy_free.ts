/**
 * Frees what was detached from the keyspace (FLUSHALL ASYNC, UNLINK of a large value), a slice at a time, so that no client waits for
 * millions of blocks.
 *
 * A job is a generator that frees a few blocks each time it is resumed.
 *
 * @module
 */
import type { Address } from "../arena/memory.ts";
import type { Database, DatabaseParts, DetachedKeys } from "./database.ts";
import type { FreeingSteps } from "./freeing_steps.ts";

/** How many elements a job frees before it pauses. */
const SLICE = 16;

const NOTHING: FreeingSteps = (function* (): FreeingSteps {})();

interface Job {
  steps: FreeingSteps;
  /** How many values are still to be freed. */
  remaining: number;
}

/** What keys hang on and are freed by. */
type LazyFreeParts = Pick<
  DatabaseParts,
  "branches" | "dict" | "vectors" | "volatileFields" | "snapshot" | "freeEntry"
>;

/** The jobs that are still to be done. */
export class LazyFree {
  /** How many values, of whatever size, were freed this way since the start or CONFIG RESETSTAT. */
  freed = 0;
  readonly #jobs: Job[] = [];

  constructor(private readonly keyspace: LazyFreeParts) {}

  /** How many values are waiting to be freed. */
  get pending(): number {
    return this.#jobs.reduce((sum, { remaining }) => sum + remaining, 0);
  }

  /** Whether there is nothing to free. */
  get isIdle(): boolean {
    return this.#jobs.length === 0;
  }

  /** Empties a database and frees its keys later. */
  add(database: Database): void {
    this.addDetached(database.detach());
  }

  /** Frees a database that nobody uses any more, later. */
  discard(database: Database): void {
    const { root, volatileRoot, fieldsRoot } = database;
    const slots = database.slots?.detach();
    this.addDetached({ root, volatileRoot, fieldsRoot, slots });
  }

  /** Frees what was taken out of a database later, unless a branch needs it. */
  addDetached(detached: DetachedKeys): void {
    const { branches, dict } = this.keyspace;
    if (branches?.keep(detached)) return;
    const job: Job = { steps: NOTHING, remaining: dict.count(detached.root) };
    job.steps = this.#freeKeys(detached, job);
    this.#jobs.push(job);
  }

  /** Frees a value later. */
  addValue(steps: FreeingSteps): void {
    this.#jobs.push({ steps, remaining: 1 });
  }

  /** Frees about `count` elements. */
  step(count: number): void {
    const job = this.#jobs[0];
    if (job === undefined) return;
    for (let left = count; left > 0;) {
      const { value, done } = job.steps.next();
      if (done) {
        this.freed += job.remaining;
        this.#jobs.shift();
        return;
      }
      left -= Math.max(1, value);
    }
  }

  /** Frees everything now. */
  finish(): void {
    while (!this.isIdle) this.step(Infinity);
  }

  *#freeKeys(detached: DetachedKeys, job: Job): FreeingSteps {
    const { dict, vectors, volatileFields } = this.keyspace;
    const { root, slots, volatileRoot, fieldsRoot } = detached;
    let cursor = 0;
    do {
      let freed = 0;
      cursor = dict.scan(root, cursor, SLICE, (entry: Address, hash: number) => {
        this.keyspace.snapshot?.before(root, hash);
        const jobs = this.#jobs.length;
        this.keyspace.freeEntry(entry, true);
        job.remaining--;
        // A large value became a job of its own, and counts when that is done.
        if (this.#jobs.length === jobs) this.freed++;
        freed++;
      });
      yield freed;
    } while (cursor !== 0);
    this.keyspace.snapshot?.beforeEnd(root);
    dict.destroy(root);
    vectors.destroy(volatileRoot);
    volatileFields.destroyIndex(fieldsRoot);
    if (slots !== undefined) yield* slots;
  }
}
