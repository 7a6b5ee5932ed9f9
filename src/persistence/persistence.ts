/**
 * Everything about data on disk: the RDB file, the append-only file, writing them in the background, and loading at the start.
 *
 * @module
 */
import { ManifestError } from "../aof/manifest.ts";
import type { PersistenceControl } from "../command/context.ts";
import { ConfigError } from "../config/kinds.ts";
import { err, errors, ReplyError } from "../command/errors.ts";
import { reloadAll } from "../rdb/reload.ts";
import { AofRewrite } from "./aof_rewrite.ts";
import { AppendOnlyFile } from "./append_only_file.ts";
import { BackgroundSave } from "./background_save.ts";
import { DataLoader, LoadError } from "./data_loader.ts";
import { fileBytes } from "./file_bytes.ts";
import { removeLeftovers } from "./leftovers.ts";
import type { PersistenceParts } from "./parts.ts";
import { SnapshotFile } from "./snapshot_file.ts";
import { StreamedSave } from "./streamed_save.ts";

const cannotLoad = err("Error trying to load the AOF files, check server logs.");

/** The persistence of one server. */
export class Persistence implements PersistenceControl {
  readonly snapshotFile: SnapshotFile;
  readonly backgroundSave: BackgroundSave;
  readonly streamedSave: StreamedSave;
  readonly aof: AppendOnlyFile;
  readonly aofRewrite: AofRewrite;
  readonly loader: DataLoader;

  constructor(private readonly parts: PersistenceParts) {
    this.snapshotFile = new SnapshotFile(parts);
    this.backgroundSave = new BackgroundSave(parts, this.snapshotFile);
    this.streamedSave = new StreamedSave(parts, this.snapshotFile);
    this.aof = new AppendOnlyFile(parts, () => this.isBusy);
    this.aofRewrite = new AofRewrite(parts, this.aof, this.snapshotFile);
    this.loader = new DataLoader(parts);
  }

  get flushDelayMs(): number {
    return this.aof.flushDelayMs;
  }

  set flushDelayMs(value: number) {
    this.aof.flushDelayMs = value;
  }

  /** Loads what is on disk, and from then on keeps changes if the configuration says so. Throws {@link LoadError}. */
  async start(): Promise<void> {
    const { clock, config } = this.parts;
    const pause = () => new Promise<void>((resolve) => clock.after(0, resolve));
    removeLeftovers(this.parts);
    const isOn = config.flag("appendonly");
    for (const _ of isOn ? this.#loadAof() : this.loader.rdbFile()) await pause();
    if (isOn) this.#openAof();
    let wasOn = isOn;
    config.follow("appendonly", (value) => {
      // `appendonly` may have changed while data was being loaded.
      if (value !== wasOn) this.#switchAof(value === true);
      wasOn = value === true;
    });
    config.follow("aof-disable-auto-gc", () => this.aof.removeHistory());
  }

  /** Called a few times a second. */
  check(nowMs: number): void {
    this.aof.flush();
    if (this.isBusy) return;
    this.backgroundSave.check(nowMs);
    if (!this.isBusy) this.aofRewrite.check(nowMs);
  }

  /** Removes the files that are being written and will never be finished. */
  abandonFiles(): void {
    this.abandonSave();
    this.aofRewrite.abort();
  }

  /** Gives up whatever is running in the background. */
  stop(): void {
    this.abandonFiles();
    this.parts.propagation.detach(this.aof);
    this.aof.flush(true);
    this.aof.closeFile();
  }

  /** Whether all data is being written in the background. */
  get isBusy(): boolean {
    return this.isSaving || this.isRewriting;
  }

  get isLoading(): boolean {
    return this.loader.isLoading;
  }

  get isSaving(): boolean {
    return this.backgroundSave.isRunning || this.streamedSave.isRunning;
  }

  get isRewriting(): boolean {
    return this.aofRewrite.isRunning;
  }

  get lastSaveMs(): number {
    return this.snapshotFile.lastSaveMs;
  }

  save(): string | undefined {
    return this.snapshotFile.save();
  }

  saveInBackground(): string | undefined {
    return this.backgroundSave.start();
  }

  scheduleSave(): void {
    this.backgroundSave.isScheduled = true;
  }

  rewriteInBackground(): string | undefined {
    return this.aofRewrite.start();
  }

  scheduleRewrite(): void {
    this.aofRewrite.isScheduled = true;
  }

  abandonSave(): void {
    this.backgroundSave.abort();
    this.streamedSave.abort();
  }

  dataFlushed(): void {
    if (this.parts.config.text("save") !== "") this.snapshotFile.save();
  }

  writeRefusal(): ReplyError | undefined {
    const { config, stats } = this.parts;
    const savesFail = stats.hasFailedToSave && config.flag("stop-writes-on-bgsave-error") &&
      config.text("save") !== "";
    if (savesFail) return errors.misconfigured;
    if (this.aof.problem === undefined || this.aof.state === "off") return undefined;
    return new ReplyError(`MISCONF Errors writing to the AOF file: ${this.aof.problem}`);
  }

  isAppendedSafely(sync: boolean): boolean {
    if (this.aof.state !== "on") return false;
    try {
      if (sync) this.aof.flushAndSync();
    } catch (error) {
      this.parts.log.warning(`Cannot sync the AOF file: ${(error as Error).message}`);
    }
    return this.aof.isSynced;
  }

  /** Gives up whatever is being written, because other data is going to come. Changes are not kept until {@link keepAgain}. */
  stopKeeping(): void {
    this.abandonFiles();
    if (this.aof.state !== "off") this.#switchAof(false);
    this.aof.forgetPosition();
  }

  /** Keeps the present data and the changes from now on, if the configuration says so and {@link stopKeeping} has ended that. */
  keepAgain(): void {
    if (!this.parts.config.flag("appendonly") || this.aof.state !== "off") return;
    try {
      this.#switchAof(true);
    } catch (error) {
      // The log has the reason. The next try is made when nothing else is being written.
      if (!(error instanceof ConfigError)) throw error;
      this.aof.state = "waiting";
      this.scheduleRewrite();
    }
  }

  reload(): void {
    this.#refuseWhileLoading();
    reloadAll(this.parts.keyspace, this.parts.functions);
  }

  reloadAof(): void {
    const { functions, keyspace, log, propagation } = this.parts;
    this.#refuseWhileLoading();
    if (this.aof.state === "on") this.aof.flush(true);
    // Changes that only memory holds would be lost.
    if (this.aof.bufferedBytes > 0) throw cannotLoad;
    propagation.pause();
    for (const database of keyspace.databases) database.clear();
    functions.clear();
    try {
      for (const _ of this.#loadAof());
    } catch (error) {
      throw error instanceof LoadError ? cannotLoad : error;
    } finally {
      propagation.resume();
    }
    log.notice("Append Only File loaded by DEBUG LOADAOF");
  }

  /** Saves what has to be saved before the server ends; returns a message if that fails. */
  finish(saves: boolean | undefined, isForced: boolean): string | undefined {
    const { config, log } = this.parts;
    // While data is being loaded, memory holds only a part of what is on disk.
    if (this.loader.isLoading) return undefined;
    this.abandonSave();
    if (this.aof.state === "waiting") {
      log.warning(
        isForced ? "Writing initial AOF. Exit anyway." : "Writing initial AOF, can't exit.",
      );
      if (!isForced) return "The initial AOF is being written.";
    }
    this.aofRewrite.abort();
    if (this.aof.state === "on") {
      log.notice("Calling fsync() on the AOF file.");
      try {
        this.aof.flushAndSync();
      } catch (error) {
        log.warning(`Fail to fsync the AOF file: ${(error as Error).message}.`);
        if (!isForced) return (error as Error).message;
      }
    }
    if (!(saves ?? config.text("save") !== "")) return undefined;
    log.notice("Saving the final RDB snapshot before exiting.");
    const problem = this.save();
    if (problem === undefined) return undefined;
    const verdict = isForced ? "Exit anyway." : "can't exit.";
    log.warning(`Error trying to save the DB${isForced ? "." : ","} ${verdict}`);
    return isForced ? undefined : problem;
  }

  #refuseWhileLoading(): void {
    if (this.loader.isLoading) throw err("Data is being loaded already.");
  }

  *#loadAof(): Generator<void> {
    try {
      this.aof.readManifest();
      this.#adoptOldFile();
    } catch (error) {
      const reason = (error as Error).message;
      throw new LoadError(
        error instanceof ManifestError
          ? `*** FATAL AOF MANIFEST FILE ERROR *** ${reason}`
          : `Cannot read the AOF manifest: ${reason}`,
      );
    }
    yield* this.loader.appendOnlyFile(this.aof);
  }

  /** Makes a single file from before Redis 7 the base of an append-only file in a directory. */
  #adoptOldFile(): void {
    const { aof } = this;
    const { config, host, log } = this.parts;
    const name = aof.manifest.baseName;
    if (!host.hasFile(name)) return;
    const { base, files } = aof.manifest;
    if (files.length === 0) {
      host.makeDirectory(config.text("appenddirname"));
      const manifest = aof.manifest.clone();
      manifest.adoptBase(name);
      aof.replaceManifest(manifest);
    } else if (files.length > 1 || base?.name !== name || host.hasFile(aof.path(name))) return;
    // The rename comes last; after a crash in between it is made at the next start.
    host.renameFile(name, aof.path(name));
    log.notice(
      `Successfully migrated an old-style AOF configuration (${name}) into the AOF directory ` +
        `(${config.text("appenddirname")}).`,
    );
  }

  /** Directs changes to the last increment or to a new one. Data that has no base yet gets one. */
  #openAof(): void {
    const { aof } = this;
    const { config, host, log, propagation } = this.parts;
    try {
      host.makeDirectory(config.text("appenddirname"));
      if (aof.manifest.files.length === 0) this.aofRewrite.writeFirstBase();
      let last = aof.manifest.increments.at(-1);
      const isNew = last === undefined;
      if (last === undefined) {
        const manifest = aof.manifest.clone();
        last = manifest.addIncrement();
        host.openToAppend(aof.path(last.name)).close();
        aof.replaceManifest(manifest);
      }
      let earlierBytes = 0;
      for (const file of aof.manifest.files) {
        if (file.name !== last.name) earlierBytes += fileBytes(host, aof.path(file.name));
      }
      aof.useFile(host.openToAppend(aof.path(last.name)), earlierBytes);
      const what = isNew ? "Creating" : "Opening";
      log.notice(`${what} AOF incr file ${last.name} on server start`);
      aof.removeHistory();
    } catch (error) {
      throw new LoadError(`Can't open or create the append-only file: ${(error as Error).message}`);
    }
    aof.rewrittenBytes = aof.bytes;
    aof.state = "on";
    propagation.attach(aof);
  }

  /** CONFIG SET appendonly. */
  #switchAof(isOn: boolean): void {
    const { aof, aofRewrite } = this;
    const { log, propagation } = this.parts;
    if (isOn && aof.state === "off") {
      aof.readManifest();
      aof.state = "waiting";
      // A rewrite that is already running collects no changes, so it is of no use.
      aofRewrite.abort();
      if (this.isSaving) {
        log.notice(
          "AOF was enabled but there is already another background operation. An AOF background " +
            "was scheduled to start when possible.",
        );
        this.scheduleRewrite();
      } else if (aofRewrite.start() !== undefined) {
        aof.state = "off";
        log.warning(
          "Redis needs to enable the AOF but can't trigger a background AOF rewrite operation. " +
            "Check the above logs for more info about the error.",
        );
        throw new ConfigError("Unable to turn on AOF. Check server logs.");
      }
    } else if (!isOn && aof.state !== "off") {
      aofRewrite.abort();
      propagation.detach(aof);
      if (aof.state === "on") aof.flush(true);
      aof.clear();
      aof.closeFile();
      aof.state = "off";
    }
  }
}
