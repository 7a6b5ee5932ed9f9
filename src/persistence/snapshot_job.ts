/**
 * Writes all data while clients are served: the common part of BGSAVE and BGREWRITEAOF. Only one job runs at a time.
 *
 * It writes to a {@link ByteSink}, which is a file today. Between slices it waits for a sink that is behind. What must be written before a
 * key changes is written all the same, because the client that changes the key does not wait.
 *
 * @module
 */
import type { ByteSink } from "../ports/byte_sink.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import type { Clock, Timer } from "../ports/clock.ts";
import { Snapshot, type SnapshotWriter } from "../keyspace/snapshot.ts";

/** Longest slice of writing, in milliseconds, unless the plan says otherwise; the next slice follows after {@link PAUSE_MS}. */
const SLICE_MS = 1;
const PAUSE_MS = 1;
/** While it waits because of a delay, how often it checks whether the delay is still wanted, in milliseconds. */
const LONGEST_WAIT_MS = 50;

/** What to write, where to, and whom to tell how it ends. */
export interface SnapshotPlan {
  /** The destination. The job finishes it or aborts it. */
  readonly sink: ByteSink;
  /** How long the job waits after each key at present; a number that is not above zero means no wait. */
  readonly keyDelayMs: () => number;
  /** Longest slice of writing, during which clients wait, in milliseconds. */
  readonly sliceMs?: number;
  /** Makes the writer of the entries, which writes into `write`. */
  readonly writer: (write: (bytes: Uint8Array) => void) => SnapshotWriter;
  /**
   * Called once, never before the constructor has returned: with the reason if the job has failed, with undefined when the sink has
   * finished.
   */
  readonly ended: (failure: string | undefined) => void;
}

/** A snapshot on its way to a sink. */
export class SnapshotJob {
  /** When the job began, in milliseconds since 1970. */
  readonly startMs: number;
  readonly #writer: SnapshotWriter;
  readonly #snapshot: Snapshot;
  #timer: Timer | undefined;
  #hasBegun = false;
  #isOver = false;
  /** For how many of the written keys it has waited. */
  #waitedFor = 0;

  /** Begins. Throws what the sink throws if it does not take the first piece. */
  constructor(
    private readonly clock: Clock,
    keyspace: Keyspace,
    private readonly plan: SnapshotPlan,
  ) {
    this.startMs = clock.now();
    this.#writer = plan.writer((bytes) => this.#write(bytes));
    try {
      this.#snapshot = new Snapshot(keyspace, this.#writer);
    } catch (error) {
      plan.sink.abort();
      throw error;
    }
    this.#hasBegun = true;
    this.#continue();
  }

  /** How many keys have been written, and how many there were at the beginning. */
  get progress(): { readonly written: number; readonly total: number } {
    return this.#snapshot;
  }

  /** Seconds since the job began. */
  get seconds(): number {
    return Math.floor((this.clock.now() - this.startMs) / 1000);
  }

  /** Gives up without calling `ended`. */
  abort(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#timer?.cancel();
    this.#snapshot.end();
    this.plan.sink.abort();
  }

  #continue(): void {
    if (this.#isOver) return;
    const caughtUp = this.plan.sink.caughtUp?.();
    if (caughtUp !== undefined) {
      caughtUp.then(() => this.#continue(), (error) => this.#fail(error));
      return;
    }
    this.#timer = this.clock.after(PAUSE_MS, () => {
      if (this.plan.keyDelayMs() > 0) return this.#takeSlowStep();
      const startMs = this.clock.monotonicMs();
      const budgetMs = this.plan.sliceMs ?? SLICE_MS;
      const isDone = this.#snapshot.step(() => this.clock.monotonicMs() - startMs, budgetMs);
      this.#waitedFor = this.#snapshot.written;
      if (isDone) this.#finish();
      else this.#continue();
    });
  }

  /** Writes one key or a few, then waits for their delays, and those of keys that had to be written meanwhile, without blocking clients. */
  #takeSlowStep(): void {
    const before = this.#snapshot.written;
    const isDone = this.#snapshot.step(() => this.#snapshot.written - before, 1, 1);
    const delayMs = (this.#snapshot.written - this.#waitedFor) * this.plan.keyDelayMs();
    this.#waitedFor = this.#snapshot.written;
    this.#wait(delayMs, () => isDone ? void this.#finish() : this.#continue());
  }

  /** Calls `goOn` after the delay, or when the delay is no longer wanted. */
  #wait(delayMs: number, goOn: () => void): void {
    if (delayMs <= 0 || this.plan.keyDelayMs() <= 0) return goOn();
    const stepMs = Math.min(delayMs, LONGEST_WAIT_MS);
    this.#timer = this.clock.after(stepMs, () => this.#wait(delayMs - stepMs, goOn));
  }

  async #finish(): Promise<void> {
    if (this.#isOver) return;
    this.#snapshot.end();
    try {
      this.#writer.end();
      if (this.#isOver) return;
      await this.plan.sink.finish();
    } catch (error) {
      return this.#fail(error);
    }
    if (this.#isOver) return;
    this.#isOver = true;
    this.plan.ended(undefined);
  }

  /** Takes a piece. After the beginning it must not throw, because it runs inside the command that changes a key. */
  #write(bytes: Uint8Array): void {
    if (this.#isOver) return;
    try {
      this.plan.sink.write(bytes);
    } catch (error) {
      if (!this.#hasBegun) throw error;
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#isOver) return;
    this.abort();
    this.plan.ended(error instanceof Error ? error.message : String(error));
  }
}
