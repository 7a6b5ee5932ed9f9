/**
 * BGSAVE, and the save points (`save`) that start it.
 *
 * @module
 */
import { RdbFileWriter } from "../rdb/file_writer.ts";
import type { PersistenceParts } from "./parts.ts";
import type { SnapshotFile } from "./snapshot_file.ts";
import { SnapshotJob } from "./snapshot_job.ts";

/** The parts of persistence that it uses. */
type Parts = Pick<
  PersistenceParts,
  "changes" | "clock" | "config" | "host" | "keyspace" | "log" | "stats"
>;

/** How long the save points wait after a failure. */
const RETRY_MS = 5000;

/** Saves while clients are served. A server has one. */
export class BackgroundSave {
  /** How long the last save took, in seconds; -1 if there was none. */
  lastSeconds = -1;
  /** Whether a save is to begin when nothing else is being written (BGSAVE SCHEDULE). */
  isScheduled = false;
  #job: SnapshotJob | undefined;
  #lastTryMs = 0;
  /** Who wants to know how the running save ends. */
  #onEnd: ((failure: string | undefined) => void) | undefined;

  constructor(private readonly parts: Parts, private readonly snapshotFile: SnapshotFile) {}

  /** Whether a save is running. */
  get isRunning(): boolean {
    return this.#job !== undefined;
  }

  /** Seconds since the running save began; -1 if none is running. */
  get currentSeconds(): number {
    return this.#job?.seconds ?? -1;
  }

  /** How many keys the running save has written, and how many it writes in all. */
  get progress(): { readonly written: number; readonly total: number } {
    return this.#job?.progress ?? { written: 0, total: 0 };
  }

  /** Begins a save; returns a message if that fails. If it has begun, `onEnd` is called at its end, with the reason if it has failed. */
  start(onEnd?: (failure: string | undefined) => void): string | undefined {
    const { changes: { sinceSave }, clock, config, host, keyspace, log } = this.parts;
    this.#lastTryMs = clock.now();
    this.isScheduled = false;
    const options = this.snapshotFile.options();
    try {
      this.#job = new SnapshotJob(clock, keyspace, {
        sink: host.beginFile(config.text("dbfilename"), `temp-${host.pid}.bg.rdb`),
        keyDelayMs: () => config.number("rdb-key-save-delay") / 1000,
        writer: (write) => new RdbFileWriter(keyspace, options, write),
        ended: (failure) => this.#ended(failure, sinceSave),
      });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#ended(reason, sinceSave);
      return reason;
    }
    this.#onEnd = onEnd;
    log.notice("Background saving started");
    return undefined;
  }

  /** Begins a save if one is scheduled or a save point asks for it. Called from time to time while nothing else is being written. */
  check(nowMs: number): void {
    const { changes: { sinceSave }, config, log, stats } = this.parts;
    if (stats.hasFailedToSave && nowMs - this.#lastTryMs < RETRY_MS) return;
    if (this.isScheduled) return void this.start();
    if (sinceSave === 0) return;
    const words = config.text("save").split(" ").map(Number);
    for (let i = 0; i + 1 < words.length; i += 2) {
      const [seconds, changes] = [words[i], words[i + 1]];
      const elapsedMs = nowMs - this.snapshotFile.lastSaveMs;
      if (sinceSave < changes || elapsedMs <= seconds * 1000) continue;
      log.notice(`${changes} changes in ${seconds} seconds. Saving...`);
      this.start();
      return;
    }
  }

  /** Gives up a running save; the last complete file stays. */
  abort(): void {
    this.#job?.abort();
    this.#job = undefined;
    this.#tellEnd("The save was given up");
  }

  #ended(failure: string | undefined, changes: number): void {
    const { clock, log, stats } = this.parts;
    const startMs = this.#job?.startMs ?? clock.now();
    this.#job = undefined;
    if (failure === undefined) {
      this.lastSeconds = Math.floor((clock.now() - startMs) / 1000);
      this.snapshotFile.saved(changes);
      log.notice("Background saving terminated with success");
    } else {
      stats.hasFailedToSave = true;
      log.warning(`Background saving error: ${failure}`);
    }
    this.#tellEnd(failure);
  }

  #tellEnd(failure: string | undefined): void {
    const onEnd = this.#onEnd;
    this.#onEnd = undefined;
    onEnd?.(failure);
  }
}
