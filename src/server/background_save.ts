/**
 * BGSAVE, and the save points (`save`) that ask for it.
 *
 * @module
 */
import type { FileInProgress } from "../core/host.ts";
import type { Timer } from "../lib/clock.ts";
import { RdbFileWriter } from "../rdb/file_writer.ts";
import { Snapshot } from "../rdb/snapshot.ts";
import type { Server } from "./server.ts";

/** Longest slice of writing, in milliseconds; the next one follows after {@link PAUSE_MS}. */
const SLICE_MS = 1;
const PAUSE_MS = 1;
/** After a failure the save points wait so long. */
const RETRY_MS = 5000;

/** The save that goes on now. */
interface Running {
  readonly snapshot: Snapshot;
  readonly writer: RdbFileWriter;
  readonly file: FileInProgress;
  readonly startMs: number;
  /** Changes since the last save, when this one began. */
  readonly changes: number;
  timer: Timer | undefined;
}

/** Saves while clients are served; one for a server. */
export class BackgroundSave {
  /** How long the last one took, in seconds; -1 if there was none. */
  lastSeconds = -1;
  #running: Running | undefined;
  #lastTryMs = 0;

  constructor(private readonly server: Server) {}

  /** Whether one goes on. */
  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** Seconds since the present one began; -1 if none goes on. */
  get currentSeconds(): number {
    if (this.#running === undefined) return -1;
    return Math.floor((this.server.clock.now() - this.#running.startMs) / 1000);
  }

  /** Keys that the present one has written and will write. */
  get progress(): { readonly written: number; readonly total: number } {
    return this.#running?.snapshot ?? { written: 0, total: 0 };
  }

  /** Begins; returns what went wrong, if something did. */
  start(): string | undefined {
    const { server } = this;
    const { clock, config, host, keyspace, log } = server;
    this.#lastTryMs = clock.now();
    let file: FileInProgress;
    try {
      file = host.beginFile(config.text("dbfilename"), `temp-${host.pid}.bg.rdb`);
    } catch (error) {
      return this.#failed(error);
    }
    const options = server.snapshotFile.options();
    const writer = new RdbFileWriter(keyspace, options, (bytes) => this.#write(file, bytes));
    this.#running = {
      snapshot: new Snapshot(keyspace, writer),
      writer,
      file,
      startMs: clock.now(),
      changes: server.changesSinceSave,
      timer: undefined,
    };
    log.notice("Background saving started");
    this.#continue(this.#running);
    return undefined;
  }

  /** Begins if a save point says so. Called now and then. */
  check(nowMs: number): void {
    const { config, changesSinceSave, lastSaveMs, log, stats } = this.server;
    if (this.isRunning || changesSinceSave === 0) return;
    if (stats.hasFailedToSave && nowMs - this.#lastTryMs < RETRY_MS) return;
    const words = config.text("save").split(" ").map(Number);
    for (let i = 0; i + 1 < words.length; i += 2) {
      const [seconds, changes] = [words[i], words[i + 1]];
      if (changesSinceSave < changes || nowMs - lastSaveMs <= seconds * 1000) continue;
      log.notice(`${changes} changes in ${seconds} seconds. Saving...`);
      this.start();
      return;
    }
  }

  /** Gives up what goes on, if something does; the last complete file stays. */
  abort(): void {
    const running = this.#running;
    if (running === undefined) return;
    this.#running = undefined;
    running.timer?.cancel();
    running.snapshot.end();
    running.file.abort();
  }

  #continue(running: Running): void {
    const { clock } = this.server;
    running.timer = clock.after(PAUSE_MS, () => {
      const startMs = clock.monotonicMs();
      const isDone = running.snapshot.step(() => clock.monotonicMs() - startMs, SLICE_MS);
      if (this.#running !== running) return;
      if (isDone) this.#finish(running);
      else this.#continue(running);
    });
  }

  async #finish(running: Running): Promise<void> {
    running.snapshot.end();
    try {
      running.writer.end();
      if (this.#running !== running) return;
      await running.file.finish();
    } catch (error) {
      if (this.#running === running) {
        this.#running = undefined;
        this.#failed(error);
      }
      return;
    }
    if (this.#running !== running) return;
    this.#running = undefined;
    const { server } = this;
    this.lastSeconds = Math.floor((server.clock.now() - running.startMs) / 1000);
    server.snapshotFile.saved(running.changes);
    server.log.notice("Background saving terminated with success");
  }

  /** Takes a piece of the file. It must not throw: the command that changes a key is not to blame. */
  #write(file: FileInProgress, bytes: Uint8Array): void {
    if (this.#running?.file !== file) return;
    try {
      file.write(bytes);
    } catch (error) {
      this.abort();
      this.#failed(error);
    }
  }

  #failed(error: unknown): string {
    const reason = error instanceof Error ? error.message : String(error);
    this.server.stats.hasFailedToSave = true;
    this.server.log.warning(`Background saving error: ${reason}`);
    return reason;
  }
}
