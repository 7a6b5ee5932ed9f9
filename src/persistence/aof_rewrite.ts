/**
 * BGREWRITEAOF: a new base for the append-only file, so that it does not grow for ever.
 *
 * From the moment of the snapshot on, changes go to a new increment. When the base is safe on disk, a manifest of these two files replaces
 * the old one, and the older files are removed. A crash at any moment leaves a manifest whose files hold everything.
 *
 * @module
 */
import { EntryRequests } from "../aof/entry_requests.ts";
import { RdbFileWriter } from "../rdb/file_writer.ts";
import { type SnapshotWriter, writeAll } from "../keyspace/snapshot.ts";
import type { AppendOnlyFile } from "./append_only_file.ts";
import { fileBytes } from "./file_bytes.ts";
import { SlowWriter } from "./key_delay.ts";
import type { PersistenceParts } from "./parts.ts";
import type { SnapshotFile } from "./snapshot_file.ts";
import { SnapshotJob } from "./snapshot_job.ts";

/** The parts of persistence that it uses. */
type Parts = Pick<
  PersistenceParts,
  "clock" | "config" | "functions" | "host" | "keyspace" | "log" | "propagation" | "random"
>;

/** After this many failures in a row automatic rewrites wait: one minute, two, four, an hour at most. */
const FAILURES_BEFORE_DELAY = 3;
const FIRST_DELAY_MS = 60_000;
const LONGEST_DELAY_MS = 3_600_000;

/** Rewrites the append-only file of a server. */
export class AofRewrite {
  /** How long the last rewrite took, in seconds; -1 if there was none. */
  lastSeconds = -1;
  /** Whether the last rewrite failed. */
  hasFailed = false;
  /** How many rewrites have begun. */
  count = 0;
  /** How many rewrites have failed in a row. */
  failures = 0;
  /** Whether a rewrite is to begin when nothing else is being written. */
  isScheduled = false;
  #job: SnapshotJob | undefined;
  #nextTryMs = 0;

  constructor(
    private readonly parts: Parts,
    private readonly aof: AppendOnlyFile,
    private readonly snapshotFile: SnapshotFile,
  ) {}

  /** Whether a rewrite is running. */
  get isRunning(): boolean {
    return this.#job !== undefined;
  }

  /** Seconds since the running rewrite began; -1 if none is running. */
  get currentSeconds(): number {
    return this.#job?.seconds ?? -1;
  }

  /** Begins a rewrite; returns a message if that fails. */
  start(): string | undefined {
    const { aof, parts } = this;
    const { clock, config, host, keyspace, log } = parts;
    this.isScheduled = false;
    this.count++;
    const isRdb = config.flag("aof-use-rdb-preamble");
    try {
      host.makeDirectory(config.text("appenddirname"));
      // Only the last file may end within a request, so a file must be safe on disk before another follows it.
      if (aof.state === "on") {
        aof.flushAndSync();
        this.#openIncrement();
      } else if (aof.state === "waiting") this.#openTemporary();
      this.#job = new SnapshotJob(clock, keyspace, {
        sink: host.beginFile(
          aof.path(`temp-rewriteaof-${host.pid}.aof`),
          aof.path(`temp-rewriteaof-bg-${host.pid}.aof`),
        ),
        keyDelayMs: () => config.number("rdb-key-save-delay") / 1000,
        writer: (write) => this.#writer(isRdb, write),
        ended: (failure) => this.#ended(isRdb, failure),
      });
    } catch (error) {
      if (aof.state === "waiting") this.#removeTemporary();
      const reason = (error as Error).message;
      this.#failed(reason);
      return reason;
    }
    log.notice("Background append only file rewriting started");
    return undefined;
  }

  /** Begins a rewrite if one is scheduled or the file has grown enough. Called from time to time while nothing else is being written. */
  check(nowMs: number): void {
    const { aof, parts } = this;
    if (nowMs < this.#nextTryMs) return;
    // A file that still waits for its first base tries again.
    if (this.isScheduled || aof.state === "waiting") return void this.start();
    const percentage = parts.config.number("auto-aof-rewrite-percentage");
    const { bytes } = aof;
    if (aof.state !== "on" || percentage === 0) return;
    if (bytes <= parts.config.number("auto-aof-rewrite-min-size")) return;
    const growth = Math.floor(bytes * 100 / (aof.rewrittenBytes || 1)) - 100;
    if (growth < percentage) return;
    parts.log.notice(`Starting automatic rewriting of AOF on ${growth}% growth`);
    this.start();
  }

  /** Gives up a running rewrite. */
  abort(): void {
    if (this.#job === undefined) return;
    this.parts.log.notice("Killing running AOF rewrite child");
    this.#job.abort();
    this.#job = undefined;
    if (this.aof.state === "waiting") this.#removeTemporary();
  }

  /** Writes the first base of a server that has none; everybody waits. Throws the system's error. */
  writeFirstBase(): void {
    const { aof, parts } = this;
    const { config, host, keyspace } = parts;
    const isRdb = config.flag("aof-use-rdb-preamble");
    const manifest = aof.manifest.clone();
    const { name } = manifest.replaceBase(isRdb, 0);
    host.replaceFileBy(aof.path(name), aof.path(`temp-rewriteaof-${host.pid}.aof`), (write) => {
      writeAll(keyspace, new SlowWriter(this.#writer(isRdb, write), parts));
    });
    aof.replaceManifest(manifest);
    parts.log.notice(`Creating AOF base file ${name} on server start`);
  }

  get #temporaryIncrement(): string {
    return this.aof.path(`temp-${this.aof.manifest.baseName}.incr`);
  }

  #writer(isRdb: boolean, write: (bytes: Uint8Array) => void): SnapshotWriter {
    const { clock, config, functions, keyspace } = this.parts;
    if (!isRdb) {
      const isStamped = config.flag("aof-timestamp-enabled");
      const seconds = isStamped ? Math.floor(clock.now() / 1000) : undefined;
      return new EntryRequests(keyspace, write, { functions: functions.texts(), seconds });
    }
    const options = this.snapshotFile.options();
    return new RdbFileWriter(
      keyspace,
      { ...options, facts: { ...options.facts, "aof-base": "1" } },
      write,
    );
  }

  /** Directs changes to a new increment from now on. */
  #openIncrement(): void {
    const { aof, parts } = this;
    const manifest = aof.manifest.clone();
    const { name } = manifest.addIncrement();
    const file = parts.host.openToAppend(aof.path(name));
    try {
      aof.replaceManifest(manifest);
    } catch (error) {
      file.close();
      throw error;
    }
    aof.useFile(file, aof.bytes);
    parts.propagation.selectAgain();
    parts.log.notice(`Creating AOF incr file ${name} on background rewrite`);
  }

  /** Directs changes to a file that becomes an increment when its base is there. */
  #openTemporary(): void {
    this.#removeTemporary();
    this.aof.useFile(this.parts.host.openToAppend(this.#temporaryIncrement), 0);
    this.parts.propagation.attach(this.aof);
  }

  #removeTemporary(): void {
    this.parts.propagation.detach(this.aof);
    this.aof.closeFile();
    this.aof.clear();
    this.parts.host.removeFile(this.#temporaryIncrement);
  }

  #ended(isRdb: boolean, failure: string | undefined): void {
    const { aof, parts } = this;
    const { clock, host, log } = parts;
    const startMs = this.#job!.startMs;
    this.#job = undefined;
    const written = aof.path(`temp-rewriteaof-${host.pid}.aof`);
    try {
      if (failure !== undefined) throw new Error(failure);
      this.#adopt(isRdb, written);
    } catch (error) {
      host.removeFile(written);
      if (aof.state === "waiting") this.#removeTemporary();
      return this.#failed((error as Error).message);
    }
    this.lastSeconds = Math.floor((clock.now() - startMs) / 1000);
    this.hasFailed = false;
    this.failures = 0;
    this.#nextTryMs = 0;
    log.notice("Background AOF rewrite finished successfully");
    if (aof.state === "waiting") aof.state = "on";
  }

  /** Makes the base that was written part of the append-only file. If it throws the system's error, nothing has changed. */
  #adopt(isRdb: boolean, written: string): void {
    const { aof, parts } = this;
    const { host } = parts;
    const manifest = aof.manifest.clone();
    const kept = aof.state === "on" ? 1 : 0;
    const base = manifest.replaceBase(isRdb, kept);
    host.renameFile(written, aof.path(base.name));
    if (aof.state === "waiting") {
      host.renameFile(this.#temporaryIncrement, aof.path(manifest.addIncrement().name));
    }
    aof.replaceManifest(manifest);
    if (aof.state !== "off") aof.baseReplaced(fileBytes(host, aof.path(base.name)));
    aof.removeHistory();
  }

  #failed(reason: string): void {
    const { clock, log } = this.parts;
    this.hasFailed = true;
    this.failures++;
    log.warning(`Background AOF rewrite failed: ${reason}`);
    if (this.failures < FAILURES_BEFORE_DELAY) return;
    const doublings = this.failures - FAILURES_BEFORE_DELAY;
    const delayMs = Math.min(FIRST_DELAY_MS * 2 ** doublings, LONGEST_DELAY_MS);
    this.#nextTryMs = clock.now() + delayMs;
    log.warning(
      "Background AOF rewrite has repeatedly failed and triggered the limit, will retry in " +
        `${delayMs / 60_000} minutes`,
    );
  }
}
