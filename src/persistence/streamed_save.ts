/**
 * A snapshot that goes somewhere else than to this server's files: to replicas.
 *
 * @module
 */
import type { SnapshotWriter } from "../keyspace/snapshot.ts";
import type { ByteSink } from "../ports/byte_sink.ts";
import { RdbFileWriter } from "../rdb/file_writer.ts";
import type { PersistenceParts } from "./parts.ts";
import type { SnapshotFile } from "./snapshot_file.ts";
import { SnapshotJob } from "./snapshot_job.ts";

/** The parts of persistence that it uses. */
type Parts = Pick<PersistenceParts, "clock" | "config" | "keyspace">;

/** Somebody waits for it, so it gets longer slices than files do. */
const SLICE_MS = 4;

/** What to write, and whom to tell how it ends. */
export interface StreamedSavePlan {
  /** The destination; it is finished or aborted. */
  readonly sink: ByteSink;
  /** Whether keys, and functions, are left out. */
  readonly withoutData: boolean;
  readonly withoutFunctions: boolean;
  /** Called once, never before {@link StreamedSave.start} has returned; with the reason if the snapshot has failed. */
  readonly ended: (failure: string | undefined) => void;
  /** Called instead if the snapshot is given up by {@link StreamedSave.abort}. */
  readonly aborted: () => void;
}

/** Writes a snapshot to a sink while clients are served. A server has one. */
export class StreamedSave {
  #job: SnapshotJob | undefined;
  #onAbort: (() => void) | undefined;

  constructor(private readonly parts: Parts, private readonly snapshotFile: SnapshotFile) {}

  /** Whether a snapshot is being written. */
  get isRunning(): boolean {
    return this.#job !== undefined;
  }

  /** Seconds since the running one began; -1 if none is running. */
  get currentSeconds(): number {
    return this.#job?.seconds ?? -1;
  }

  /** How many keys the running one has written, and how many it writes in all. */
  get progress(): { readonly written: number; readonly total: number } {
    return this.#job?.progress ?? { written: 0, total: 0 };
  }

  /** Begins, with the data as it is now. Throws what the sink throws if it does not take the first piece. */
  start({ sink, withoutData, withoutFunctions, ended, aborted }: StreamedSavePlan): void {
    const { clock, config, keyspace } = this.parts;
    const options = this.snapshotFile.options();
    const functions = withoutFunctions ? [] : options.functions;
    this.#onAbort = aborted;
    this.#job = new SnapshotJob(clock, keyspace, {
      sink,
      sliceMs: SLICE_MS,
      keyDelayMs: () => config.number("rdb-key-save-delay") / 1000,
      writer: (write) => {
        const writer = new RdbFileWriter(keyspace, { ...options, functions, withoutData }, write);
        return withoutData ? withoutEntries(writer) : writer;
      },
      ended: (failure) => {
        this.#job = undefined;
        ended(failure);
      },
    });
  }

  /** Gives up a running one. */
  abort(): void {
    if (this.#job === undefined) return;
    this.#job.abort();
    this.#job = undefined;
    this.#onAbort?.();
  }
}

function withoutEntries(writer: RdbFileWriter): SnapshotWriter {
  return { begin: () => writer.begin(), entry: () => {}, end: () => writer.end() };
}
