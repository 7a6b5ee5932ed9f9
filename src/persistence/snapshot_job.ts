/**
 * A file of all data that is written while clients are served: what BGSAVE and BGREWRITEAOF have in common. One goes on at a time.
 *
 * @module
 */
import type { FileInProgress, Host } from "../ports/host.ts";
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
  /** The file's name, and the one that it has until it is complete. */
  readonly path: string;
  readonly temporary: string;
  /** How long the job waits after each key now; not at all if it is not above zero. */
  readonly keyDelayMs: () => number;
  /** Makes what writes the entries, into `write`. */
  readonly writer: (write: (bytes: Uint8Array) => void) => SnapshotWriter;
  /** Called once: with the reason if it has failed (then the old file is as it was), without one when it is safe on disk. */
  readonly ended: (failure: string | undefined) => void;
}

/** A file that is being written. */
export class SnapshotJob {
  /** When it began, in milliseconds since 1970. */
  readonly startMs: number;
  readonly #file: FileInProgress;
  readonly #writer: SnapshotWriter;
  readonly #snapshot: Snapshot;
  #timer: Timer | undefined;
  #isOver = false;

  /** Begins; throws with the system's reason if the file cannot be made. */
  constructor(
    private readonly clock: Clock,
    host: Host,
    keyspace: Keyspace,
    private readonly plan: SnapshotPlan,
  ) {
    this.startMs = clock.now();
    this.#file = host.beginFile(plan.path, plan.temporary);
    this.#writer = plan.writer((bytes) => this.#write(bytes));
    this.#snapshot = new Snapshot(keyspace, this.#writer);
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

  /** Gives up, and tells nobody; the last complete file stays. */
  abort(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#timer?.cancel();
    this.#snapshot.end();
    this.#file.abort();
  }

  #continue(): void {
    if (this.#isOver) return;
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
      await this.#file.finish();
    } catch (error) {
      return this.#fail(error);
    }
    if (this.#isOver) return;
    this.#isOver = true;
    this.plan.ended(undefined);
  }

  /** Takes a piece of the file. It must not throw: the command that changes a key is not to blame. */
  #write(bytes: Uint8Array): void {
    if (this.#isOver) return;
    try {
      this.#file.write(bytes);
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#isOver) return;
    this.abort();
    this.plan.ended(error instanceof Error ? error.message : String(error));
  }
}
