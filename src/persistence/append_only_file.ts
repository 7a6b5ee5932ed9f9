/**
 * The append-only file: the changes since its base, added at the end as they happen.
 *
 * Units of the stream of changes collect in a buffer, and each unit asks for the end of the round. There, before any reply goes out, the
 * buffer is written and, with `appendfsync always`, synced. So all clients of a round share one write and one sync, and no client is told
 * of a change that is not in the file. Changes that nobody gets a reply for take the same way. With `everysec` the sync runs beside the
 * server. A write that would have to wait for it is put off for two seconds at most, and the housekeeping tries again.
 *
 * The file holds the stream as it is. With `aof-timestamp-enabled` there are lines between units that say in which second the following
 * units were made.
 *
 * @module
 */
import { timestampLine } from "../aof/entry_requests.ts";
import { Manifest } from "../aof/manifest.ts";
import type { AppendedFile } from "../ports/host.ts";
import { type ChangeSink, SinkKind } from "../changes/stream.ts";
import { fromLatin1, latin1 } from "../lib/bytes.ts";
import { RequestWriter } from "../resp/request_writer.ts";
import type { PersistenceParts } from "./parts.ts";

/** The parts of persistence that it uses. */
type Parts = Pick<
  PersistenceParts,
  "clock" | "config" | "endRoundSoon" | "fail" | "host" | "keyspace" | "log" | "stats"
>;

/** Memory beyond this is given back after the buffer was written. */
const KEPT_BYTES = 2 ** 22;
const SYNC_INTERVAL_MS = 1000;
/** Longest time that a write waits for a sync. */
const LONGEST_POSTPONEMENT_MS = 2000;
/** A problem that persists is logged once in this time. */
const LOG_INTERVAL_MS = 30_000;

/** Whether changes are kept: not at all; in a file whose first base is still being written; or fully. */
export type AofState = "off" | "waiting" | "on";

/** The files of a server's append-only file, and the buffer in front of them. */
export class AppendOnlyFile implements ChangeSink {
  readonly kind: number = SinkKind.File;
  state: AofState = "off";
  /** The files of which it consists. */
  manifest: Manifest;
  /** Bytes of all files at the end of the last rewrite, or at the start. */
  rewrittenBytes = 0;
  /** How many writes had waited too long for a sync, and were made without waiting for its end. */
  delayedSyncs = 0;
  /** How long the server blocks before each write, in milliseconds. */
  flushDelayMs = 0;
  /** How far the history is of which the changes are a part. */
  position: () => number = () => 0;
  #safePosition = 0;
  /** Why changes cannot be written; undefined if they can. */
  problem: string | undefined = undefined;
  readonly #buffer = new RequestWriter();
  #lastTimestamp = 0;
  #file: AppendedFile | undefined;
  /** Bytes of the files before the present one. */
  #earlierBytes = 0;
  #syncedBytes = 0;
  #lastSyncMs = 0;
  #isSyncing = false;
  #postponedSinceMs = 0;
  #lastLogMs = -Infinity;
  /** `appendfsync`: always, everysec or no. */
  #policy = "";
  #writesTimestamps = false;

  /** `isBusy` says whether a file of all data is being written in the background. */
  constructor(private readonly parts: Parts, private readonly isBusy: () => boolean) {
    const { config } = parts;
    this.manifest = new Manifest(config.text("appendfilename"));
    config.follow("appendfsync", (value) => this.#policy = String(value));
    config.follow("aof-timestamp-enabled", (value) => this.#writesTimestamps = value === true);
  }

  /** The {@link position} of which it is known that all changes before it are safe on disk; 0 if nothing is known. */
  get safePosition(): number {
    return this.#safePosition;
  }

  /** Forgets the {@link safePosition}, because the positions of another history will follow. */
  forgetPosition(): void {
    this.#safePosition = 0;
  }

  /** Notes that all changes before a position are safe. While there is no base yet, a file with later changes is of no use. */
  #noteSafe(position: number): void {
    if (this.state === "on") this.#safePosition = Math.max(this.#safePosition, position);
  }

  /** Path of a file in the directory. */
  path(name: string): string {
    return `${this.parts.config.text("appenddirname")}/${name}`;
  }

  /** Path of the manifest. */
  get manifestPath(): string {
    return this.path(`${this.manifest.baseName}.manifest`);
  }

  /** Bytes of all files. */
  get bytes(): number {
    return this.#earlierBytes + (this.#file?.size ?? 0);
  }

  /** Bytes that are waiting to be written. */
  get bufferedBytes(): number {
    return this.#buffer.length;
  }

  /** Whether everything written so far is safe on disk. */
  get isSynced(): boolean {
    return this.#buffer.length === 0 && this.#file?.size === this.#syncedBytes;
  }

  /** Whether a sync is running. */
  get isSyncing(): boolean {
    return this.#isSyncing;
  }

  /** Reads the manifest, if there is one. Throws a `ManifestError`, or the system's error. */
  readManifest(): void {
    const { host } = this.parts;
    if (!host.exists(this.manifestPath)) return;
    const bytes = host.readFile(this.manifestPath);
    this.manifest = Manifest.parse(this.manifest.baseName, latin1(bytes, 0, bytes.length));
  }

  /** Replaces the manifest, on disk first. Throws the system's error. */
  replaceManifest(manifest: Manifest): void {
    this.parts.host.replaceFile(this.manifestPath, fromLatin1(manifest.format()));
    this.manifest = manifest;
  }

  /** Removes the files that are history, unless `aof-disable-auto-gc` keeps them. Throws the system's error. */
  removeHistory(): void {
    if (this.manifest.history.length === 0 || this.parts.config.flag("aof-disable-auto-gc")) {
      return;
    }
    for (const { name } of this.manifest.history) {
      this.parts.log.notice(`Removing the history file ${name} in the background`);
      this.parts.host.removeFile(this.path(name));
    }
    const manifest = this.manifest.clone();
    manifest.history = [];
    this.replaceManifest(manifest);
  }

  /** Adds changes to this file from now on. The files before it have `earlierBytes` bytes. */
  useFile(file: AppendedFile, earlierBytes: number): void {
    this.closeFile();
    this.#file = file;
    this.#earlierBytes = earlierBytes;
    this.#syncedBytes = file.size;
  }

  /** Call it after a rewrite: a base of this many bytes is all that precedes the present file. */
  baseReplaced(bytes: number): void {
    this.#earlierBytes = bytes;
    this.rewrittenBytes = this.bytes;
  }

  /** Syncs the file that changes were added to, and closes it. */
  closeFile(): void {
    const file = this.#file;
    if (file === undefined) return;
    this.#file = undefined;
    file.sync().catch(() => {}).finally(() => file.close());
  }

  append(bytes: Uint8Array, start: number, length: number): void {
    if (this.#writesTimestamps) this.#stamp();
    this.#buffer.raw(bytes, start, length);
    this.parts.endRoundSoon();
  }

  /** Writes the buffer, and syncs as `appendfsync` says. With `isForced` it does not wait for a running sync. */
  flush(isForced = false): void {
    const file = this.#file;
    if (file === undefined) return;
    if (this.#buffer.length > 0) {
      if (this.#policy === "everysec" && !isForced && this.#isPostponed()) return;
      this.#postponedSinceMs = 0;
      if (!this.#write(file)) return;
    }
    if (file.size === this.#syncedBytes) return this.#noteSafe(this.position());
    if (this.parts.config.flag("no-appendfsync-on-rewrite") && this.isBusy()) {
      return;
    }
    if (this.#policy === "always") this.#syncNow(file);
    else if (this.#policy === "everysec") this.#syncBeside(file);
  }

  /** Writes and syncs everything; everybody waits. Throws the system's error. */
  flushAndSync(): void {
    this.flush(true);
    if (this.#buffer.length > 0) throw new Error(this.problem);
    this.#file?.syncNow();
    this.#syncedBytes = this.#file?.size ?? 0;
    this.#noteSafe(this.position());
  }

  /** Forgets what was not written yet. */
  clear(): void {
    this.#buffer.truncate(0, KEPT_BYTES);
  }

  /** Whether a write has to wait for the running sync. */
  #isPostponed(): boolean {
    if (!this.#isSyncing) return false;
    const nowMs = this.parts.clock.now();
    if (this.#postponedSinceMs === 0) this.#postponedSinceMs = nowMs;
    if (nowMs - this.#postponedSinceMs < LONGEST_POSTPONEMENT_MS) return true;
    this.delayedSyncs++;
    this.parts.log.notice(
      "Asynchronous AOF fsync is taking too long (disk is busy?). Writing the AOF buffer without " +
        "waiting for fsync to complete, this may slow down Redis.",
    );
    return false;
  }

  /**
   * Writes the whole buffer; returns false if that fails. Then the file ends where it ended before, or else the buffer begins where the
   * file ends.
   */
  #write(file: AppendedFile): boolean {
    const { bytes, length } = this.#buffer;
    const before = file.size;
    if (this.flushDelayMs > 0) this.parts.clock.sleep(this.flushDelayMs);
    let written = 0;
    let reason: string | undefined;
    try {
      while (written < length) {
        const count = file.write(bytes.subarray(written, length));
        if (count === 0) break;
        written += count;
      }
      if (written < length) reason = "Short write";
    } catch (error) {
      reason = (error as Error).message;
    }
    if (reason === undefined) {
      this.#buffer.truncate(0, KEPT_BYTES);
      this.#solve();
      return true;
    }
    this.#report(`Error writing to the AOF file: ${reason}`, reason);
    if (written > 0) this.#undo(file, before, written);
    if (this.#policy !== "always") return false;
    // No client is told of these changes, so they must not be written any more either, least of all behind a part of them.
    this.clear();
    this.parts.fail(
      "Can't recover from AOF write error when the AOF fsync policy is 'always'. Exiting...",
    );
    return false;
  }

  /**
   * Cuts off the part of the buffer that was written, so that the file does not end within a request. If that fails, it keeps the rest of
   * the buffer for later.
   */
  #undo(file: AppendedFile, size: number, written: number): void {
    try {
      file.truncate(size);
    } catch (error) {
      this.parts.log.warning(
        `Could not remove short write from the append-only file: ${(error as Error).message}`,
      );
      const rest = this.#buffer.bytes.slice(written, this.#buffer.length);
      this.#buffer.truncate(0);
      this.#buffer.raw(rest, 0, rest.length);
    }
  }

  #syncNow(file: AppendedFile): void {
    try {
      file.syncNow();
      this.#syncedBytes = file.size;
      this.#noteSafe(this.position());
      this.#lastSyncMs = this.parts.clock.now();
    } catch (error) {
      this.parts.fail(
        "Can't persist AOF for fsync error when the AOF fsync policy is 'always': " +
          `${(error as Error).message}. Exiting...`,
      );
    }
  }

  #syncBeside(file: AppendedFile): void {
    const nowMs = this.parts.clock.now();
    if (this.#isSyncing || nowMs - this.#lastSyncMs < SYNC_INTERVAL_MS) return;
    this.#isSyncing = true;
    this.#lastSyncMs = nowMs;
    const { size } = file;
    const position = this.position();
    file.sync().then(() => {
      if (this.#file === file) {
        this.#syncedBytes = Math.max(this.#syncedBytes, size);
        this.#noteSafe(position);
      }
      if (this.#buffer.length === 0) this.#solve();
    }, (error) => {
      if (this.#file !== file) return;
      this.#report(`Fail to fsync the AOF file: ${error.message}`, error.message);
    }).finally(() => this.#isSyncing = false);
  }

  #report(message: string, problem: string): void {
    this.problem = problem;
    this.parts.stats.hasFailedToAppend = true;
    const nowMs = this.parts.clock.now();
    if (nowMs - this.#lastLogMs < LOG_INTERVAL_MS) return;
    this.#lastLogMs = nowMs;
    this.parts.log.warning(message);
  }

  #solve(): void {
    if (this.problem === undefined) return;
    this.problem = undefined;
    this.parts.stats.hasFailedToAppend = false;
    this.#lastLogMs = -Infinity;
    this.parts.log.warning("AOF write error looks solved, Redis can write again.");
  }

  /** Adds the line with the present second. */
  #stamp(): void {
    const seconds = Math.floor(this.parts.keyspace.nowMs / 1000);
    if (seconds <= this.#lastTimestamp) return;
    this.#lastTimestamp = seconds;
    const line = timestampLine(seconds);
    this.#buffer.raw(line, 0, line.length);
  }
}
