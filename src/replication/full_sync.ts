/**
 * A full synchronization: all data comes from the primary and replaces what the replica has.
 *
 *     repl-diskless-load   the file comes to      it is read into
 *     disabled             disk                   the databases, after they were emptied
 *     on-empty-db          memory, if there       the databases
 *                          are no keys
 *     swapdb               memory                 databases of its own, which then take the place of the present ones
 *
 * The present data goes when the file has come whole and has been checked, and not before. With `swapdb` it goes when the new data has been
 * read. Meanwhile clients are told to wait; but with `swapdb`, if the primary's history is the one that the replica already has, they go on
 * with what is there, which is only older.
 *
 * @module
 */
import type { Changes } from "../changes/changes.ts";
import type { Tracking } from "../clients/tracking.ts";
import type { Config } from "../config/config.ts";
import type { Admission } from "../execution/admission.ts";
import { Database } from "../keyspace/database.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import type { DataLoader } from "../persistence/data_loader.ts";
import type { Clock } from "../ports/clock.ts";
import type { Host } from "../ports/host.ts";
import { RdbError } from "../rdb/format.ts";
import type { FunctionStore } from "../rdb/function_store.ts";
import type { Log } from "../telemetry/log.ts";
import { LinkError, type LinkInput } from "./link_input.ts";
import { CheckedFile, FileInMemory, FileOnDisk, type ReceivedFile } from "./received_file.ts";
import { receiveFile, type TransferHeader, type TransferProgress } from "./transfer.ts";

/** The parts that it uses. */
export interface FullSyncParts {
  readonly admission: Pick<Admission, "isLoading" | "isLoadingAside">;
  readonly changes: Changes;
  readonly clock: Clock;
  readonly config: Config;
  readonly functions: FunctionStore;
  readonly host: Host;
  readonly keyspace: Keyspace;
  readonly log: Log;
  readonly persistence: {
    readonly loader: DataLoader;
    /** Gives up what is being written, and keeps no changes until {@link keepAgain}. */
    stopKeeping(): void;
    keepAgain(): void;
  };
  readonly tracking: Tracking;
}

/** Libraries of functions that are not in use yet. */
class PendingFunctions implements FunctionStore {
  #texts: Uint8Array<ArrayBuffer>[] = [];

  texts(): readonly Uint8Array<ArrayBuffer>[] {
    return this.#texts;
  }

  addText(text: Uint8Array<ArrayBuffer>): void {
    this.#texts.push(text);
  }

  clear(): void {
    this.#texts = [];
  }
}

/** One full synchronization. */
export class FullSync {
  readonly progress: TransferProgress = { totalBytes: 0, readBytes: 0 };
  readonly #swaps: boolean;
  readonly #usesMemory: boolean;
  #isAbandoned = false;
  /** The file while it comes. */
  #file: ReceivedFile | undefined;
  /** Whether the file is being read, so that nothing is read from the link. */
  isReading = false;

  /** `continuesHistory`: the present data is an earlier state of the data that will come. */
  constructor(private readonly parts: FullSyncParts, private readonly continuesHistory: boolean) {
    const mode = parts.config.text("repl-diskless-load");
    this.#swaps = mode === "swapdb";
    this.#usesMemory = this.#swaps || mode === "on-empty-db" && parts.keyspace.size === 0;
  }

  /** Takes in the file. Throws {@link LinkError}; the data is unchanged then. */
  async receive(input: LinkInput, header: TransferHeader): Promise<ReceivedFile> {
    const { config, log } = this.parts;
    const where = this.#usesMemory ? "to parser" : "to disk";
    log.notice(
      "MASTER <-> REPLICA sync: receiving " +
        (header.kind === "marked"
          ? `streamed RDB from master with EOF ${where}`
          : `${header.length} bytes from master ${where}`),
    );
    const file = this.#file = this.#usesMemory ? new FileInMemory() : this.#fileOnDisk();
    if (this.#usesMemory) {
      log.notice("MASTER <-> REPLICA sync: Loading DB in memory");
      this.#enterLoading();
    }
    try {
      const checked = new CheckedFile(file, config.flag("rdbchecksum"));
      await receiveFile(input, header, checked, this.progress);
      checked.check();
      await file.complete();
      this.#mustBeWanted();
      return file;
    } catch (error) {
      file.abort();
      this.#endLoading();
      if (error instanceof LinkError) throw this.#usesMemory ? this.#cutInMemory(error) : error;
      throw new LinkError(
        "Write error or short write writing to the DB dump file needed for MASTER <-> REPLICA " +
          `synchronization: ${(error as Error).message}`,
      );
    }
  }

  /**
   * Replaces the data by that of the file. `beforeReplacing` is called when the present data is about to go. Returns the facts that stand in
   * the file. Throws {@link LinkError} if the file is damaged; then the old data is there with `swapdb`, and otherwise none.
   */
  async load(
    file: ReceivedFile,
    beforeReplacing: () => void,
  ): Promise<ReadonlyMap<string, string>> {
    const { log, persistence } = this.parts;
    this.#mustBeWanted();
    persistence.stopKeeping();
    this.isReading = true;
    try {
      if (this.#swaps) await this.#loadAside(file, beforeReplacing);
      else await this.#loadInPlace(file, beforeReplacing);
    } catch (error) {
      if (!(error instanceof RdbError)) throw error;
      log.warning(`Internal error in RDB reading -> ${error.message}`);
      throw new LinkError(
        "Failed trying to load the MASTER synchronization DB, check server logs.",
      );
    } finally {
      this.isReading = false;
      this.#endLoading();
    }
    return persistence.loader.facts;
  }

  /**
   * Ends it, because the server follows somebody else: the file that comes is forgotten, and a load ends between two slices.
   */
  abandon(): void {
    this.#isAbandoned = true;
    if (!this.isReading) this.#file?.abort();
  }

  #mustBeWanted(): void {
    if (this.#isAbandoned) throw new LinkError("The synchronization was abandoned");
  }

  #fileOnDisk(): ReceivedFile {
    const { config, host, log } = this.parts;
    try {
      return new FileOnDisk(host, config.text("dbfilename"));
    } catch (error) {
      log.warning(
        "Opening the temp file needed for MASTER <-> REPLICA synchronization: " +
          `${(error as Error).message}. The file is kept in memory instead.`,
      );
      return new FileInMemory();
    }
  }

  async #loadInPlace(file: ReceivedFile, beforeReplacing: () => void): Promise<void> {
    const { changes, functions, keyspace, log, persistence } = this.parts;
    const opened = file.open();
    beforeReplacing();
    log.notice("MASTER <-> REPLICA sync: Flushing old data");
    this.#empty();
    functions.clear();
    if (!this.#usesMemory) log.notice("MASTER <-> REPLICA sync: Loading DB in memory");
    this.#enterLoading();
    try {
      await this.#steps(persistence.loader.received(opened));
      for (const database of keyspace.databases) {
        if (database.size > 0) changes.databaseChanged(database, 0);
      }
    } catch (error) {
      this.#empty();
      functions.clear();
      throw error;
    }
  }

  async #loadAside(file: ReceivedFile, beforeReplacing: () => void): Promise<void> {
    const { changes, functions, keyspace, log, persistence, tracking } = this.parts;
    const { databases, lazyFree } = keyspace;
    const aside = databases.map(() => new Database(keyspace, -1));
    const libraries = new PendingFunctions();
    try {
      await this.#steps(persistence.loader.receivedAside(file.open(), aside, libraries));
      beforeReplacing();
      log.notice("MASTER <-> REPLICA sync: Swapping active DB with loaded DB");
      for (const database of databases) {
        const other = aside[database.index];
        const changed = database.size + other.size;
        database.swap(other);
        if (changed > 0) changes.databaseChanged(database, 1);
      }
      tracking.flushed(undefined);
      functions.clear();
      for (const text of libraries.texts()) functions.addText(text);
      log.notice("MASTER <-> REPLICA sync: Discarding old DB in background");
    } catch (error) {
      log.notice("MASTER <-> REPLICA sync: Discarding temporary DB in background");
      throw error;
    } finally {
      for (const database of aside) lazyFree.discard(database);
    }
  }

  /** Tells clients to wait; or, with `swapdb` and an earlier state of the same data, only those who would change how the server is set up. */
  #enterLoading(): void {
    const { admission } = this.parts;
    if (this.#swaps && this.continuesHistory) admission.isLoadingAside = true;
    else admission.isLoading = true;
  }

  #endLoading(): void {
    const { admission } = this.parts;
    admission.isLoading = admission.isLoadingAside = false;
  }

  /** The error for a file that did not come whole, in the words of Redis 7.2, which reads it while it comes. */
  #cutInMemory(error: LinkError): LinkError {
    const { log } = this.parts;
    log.warning(
      `Internal error in RDB reading offset ${this.progress.readBytes} -> ${error.message}`,
    );
    if (this.#swaps) log.notice("MASTER <-> REPLICA sync: Discarding temporary DB in background");
    return new LinkError(
      "Failed trying to load the MASTER synchronization DB from socket, check server logs.",
    );
  }

  /** Takes the steps of a load; clients have turns in between. */
  async #steps(steps: Generator<void>): Promise<void> {
    const { clock } = this.parts;
    for (const _ of steps) {
      await new Promise<void>((resolve) => clock.after(0, resolve));
      this.#mustBeWanted();
    }
  }

  #empty(): void {
    const { changes, config, keyspace, tracking } = this.parts;
    const later = config.flag("replica-lazy-flush");
    for (const database of keyspace.databases) {
      const { size } = database;
      if (size === 0) continue;
      if (later) keyspace.lazyFree.add(database);
      else database.clear();
      changes.databaseChanged(database, size);
    }
    tracking.flushed(undefined);
  }
}
