/**
 * All data, written while clients are served: what BGSAVE and BGREWRITEAOF have in common. One goes on at a time.
 *
 * Where it goes is a {@link ByteSink}: a file today. A sink that is behind is waited for between slices; what must be written before a key
 * changes is written nevertheless, because the key's client does not wait.
 *
 * @module
 */
import type { ByteSink } from "../ports/byte_sink.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import type { Clock, Timer } from "../ports/clock.ts";
import { Snapshot, type SnapshotWriter } from "../keyspace/snapshot.ts";

/** Longest slice of writing, in milliseconds; the next one follows after {@link PAUSE_MS}. */
const SLICE_MS = 1;
const PAUSE_MS = 1;
/** While it waits because of a delay, it looks so often whether that is still wanted, in milliseconds. */
const LONGEST_WAIT_MS = 50;

/** What is to be written, and who wants to know how it ends. */
export interface SnapshotPlan {
  /** Where it goes. The job finishes it or aborts it. */
  readonly sink: ByteSink;
  /** How long the job waits after each key now; not at all if it is not above zero. */
  readonly keyDelayMs: () => number;
  /** Makes what writes the entries, into `write`. */
  readonly writer: (write: (bytes: Uint8Array) => void) => SnapshotWriter;
  /** Called once, after the job is made: with the reason if it has failed, without one when the sink has finished. */
  readonly ended: (failure: string | undefined) => void;
}

/** A snapshot on its way to a sink. */
export class SnapshotJob {
  /** When it began, in milliseconds since 1970. */
  readonly startMs: number;
  readonly #writer: SnapshotWriter;
  readonly #snapshot: Snapshot;
  #timer: Timer | undefined;
  #hasBegun = false;
  #isOver = false;

  /** Begins; throws what the sink throws if it does not even take the first piece. */
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

  /** Keys written so far, and keys there were at the beginning. */
  get progress(): { readonly written: number; readonly total: number } {
    return this.#snapshot;
  }

  /** Seconds since it began. */
  get seconds(): number {
    return Math.floor((this.clock.now() - this.startMs) / 1000);
  }

  /** Gives up, and tells nobody. */
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
      const isDone = this.#snapshot.step(() => this.clock.monotonicMs() - startMs, SLICE_MS);
      if (isDone) this.#finish();
      else this.#continue();
    });
  }

  /** Writes a key, or a few, and waits for all of them; clients do not. */
  #takeSlowStep(): void {
    const before = this.#snapshot.written;
    const isDone = this.#snapshot.step(() => this.#snapshot.written - before, 1, 1);
    const delayMs = (this.#snapshot.written - before) * this.plan.keyDelayMs();
    this.#wait(delayMs, () => isDone ? void this.#finish() : this.#continue());
  }

  /** Waits for so long, or until nobody wants the delay any more. */
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

  /** Takes a piece. Once it has begun it must not throw: the command that changes a key is not to blame. */
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
