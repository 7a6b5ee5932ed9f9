/**
 * Loads the data at the start, in slices, so that clients get an answer meanwhile: that they must wait, and how far the load is.
 *
 * @module
 */
import { AofFormatError, AofReader } from "../aof/reader.ts";
import type { Host, ReadFile } from "../ports/host.ts";
import type { Database } from "../keyspace/database.ts";
import type { FunctionStore } from "../rdb/function_store.ts";
import { type ExpiredKey, RdbFileReader, type ReadOptions } from "../rdb/file_reader.ts";
import { RDB_MAGIC, RdbError, ShortReadError } from "../rdb/format.ts";
import { RdbReader } from "../rdb/reader.ts";
import { Arguments } from "../resp/arguments.ts";
import { latin1 } from "../lib/bytes.ts";
import type { AppendOnlyFile } from "./append_only_file.ts";
import { delayKey } from "./key_delay.ts";
import type { PersistenceParts } from "./parts.ts";
import { copyTail, holdsUnitAt } from "./torn_tail.ts";

/** Length of a slice of loading, after which clients are answered, in milliseconds. Redis 7.2 answers them every two megabytes. */
const SLICE_MS = 30;
/** How many entries or requests are loaded between two looks at the clock. */
const ITEMS_AT_ONCE = 64;
const PIECE_BYTES = 2 ** 20;
/** How often the progress of a long load is logged. */
const PROGRESS_INTERVAL_MS = 5000;

/** The parts of persistence that it uses. */
type Parts = Pick<
  PersistenceParts,
  "changes" | "clock" | "config" | "functions" | "host" | "keyspace" | "log" | "random" | "replayer"
>;

/** Thrown for data that cannot be loaded, with the reason: the server must not start without its data. */
export class LoadError extends Error {
  override name = "LoadError";
}

/** What a load has found. */
export interface LoadedKeys {
  readonly keys: number;
  readonly expired: number;
}

/** Loads files into an empty server. */
export class DataLoader {
  /** What the RDB file that was loaded last held. */
  loaded: LoadedKeys = { keys: 0, expired: 0 };
  /** The facts that stood in the RDB file that was loaded last. */
  facts: ReadonlyMap<string, string> = new Map();
  /** The keys that had expired in the RDB file that was loaded last, if their end must be told to replicas. */
  expiredKeys: readonly ExpiredKey[] = [];
  /** Whether keys that have expired are loaded like others, because a primary says when they go. */
  keepsExpired = false;
  /** When the running load began, in milliseconds since 1970. */
  startedMs = 0;
  /** Bytes of all files that are being loaded, and how many of them have been read. */
  totalBytes = 0;
  readBytes = 0;
  #isLoading = false;
  #lastProgressMs = 0;

  constructor(private readonly parts: Parts) {}

  /** Whether data is being loaded. */
  get isLoading(): boolean {
    return this.#isLoading;
  }

  /** Loads the RDB file, if there is one; yields after each slice. Throws {@link LoadError}. */
  *rdbFile(): Generator<void> {
    const { clock, config, host, log } = this.parts;
    const name = config.text("dbfilename");
    if (!host.exists(name)) return;
    const startMs = clock.monotonicMs();
    yield* this.#whileLoading(this.#sizeOf(name), this.#rdb(name));
    log.notice(`DB loaded from disk: ${this.#seconds(startMs)} seconds`);
  }

  /** Loads the files of the append-only file; yields after each slice. Throws {@link LoadError}. */
  *appendOnlyFile(aof: AppendOnlyFile): Generator<void> {
    const { clock, host, log } = this.parts;
    const { files } = aof.manifest;
    if (files.length === 0) return;
    const missing = files.find(({ name }) => !host.exists(aof.path(name)));
    if (missing !== undefined) {
      throw new LoadError(
        `Fatal error: can't open the append log file ${missing.name} for reading: ` +
          "No such file or directory",
      );
    }
    const startMs = clock.monotonicMs();
    const paths = files.map(({ name }) => aof.path(name));
    const bytes = paths.reduce((sum, path) => sum + this.#sizeOf(path), 0);
    yield* this.#whileLoading(bytes, this.#aofFiles(aof));
    this.parts.changes.saved();
    log.notice(`DB loaded from append only file: ${this.#seconds(startMs)} seconds`);
  }

  *#aofFiles(aof: AppendOnlyFile): Generator<void> {
    const { clock, log } = this.parts;
    const { base, files } = aof.manifest;
    for (const file of files) {
      const startMs = clock.monotonicMs();
      yield* this.#aofFile(aof.path(file.name), file.name, file === files.at(-1));
      const kind = file === base ? "base" : "incr";
      log.notice(`DB loaded from ${kind} file ${file.name}: ${this.#seconds(startMs)} seconds`);
    }
  }

  /** Loads an RDB file that a primary has sent into empty databases of the keyspace; yields after each slice. Throws an `RdbError`. */
  *received(file: ReadFile): Generator<void> {
    yield* this.#whileLoading(file.size, this.#receivedEntries(file, {}));
  }

  /** As {@link received}, into databases and functions beside those of the server, while clients go on. */
  *receivedAside(
    file: ReadFile,
    databases: readonly Database[],
    functions: FunctionStore,
  ): Generator<void> {
    const { keyspace } = this.parts;
    const steps = this.#receivedEntries(file, { databases }, functions);
    while (!keyspace.withoutExpiry(() => steps.next()).done) yield;
  }

  *#receivedEntries(
    file: ReadFile,
    options: Partial<ReadOptions>,
    functions?: FunctionStore,
  ): Generator<void> {
    const reader = RdbReader.ofFile((buffer) => this.#read(file, buffer));
    try {
      yield* this.#rdbEntries(reader, { keepsExpired: true, ...options }, functions);
    } finally {
      file.close();
    }
  }

  /** Takes the steps of a load. Meanwhile nothing expires, and no client's command that touches data runs. */
  *#whileLoading(bytes: number, steps: Generator<void>): Generator<void> {
    const { clock, keyspace } = this.parts;
    keyspace.setTime(clock.now());
    keyspace.expiryEnabled = false;
    this.#isLoading = true;
    this.startedMs = clock.now();
    this.#lastProgressMs = this.startedMs;
    this.readBytes = 0;
    this.totalBytes = bytes;
    try {
      yield* steps;
    } finally {
      this.#isLoading = false;
      keyspace.expiryEnabled = true;
    }
  }

  /** Calls `next` until it returns false; yields after each slice. */
  *#slices(next: () => boolean, position: () => number): Generator<void> {
    const { clock, config } = this.parts;
    const isSlow = config.number("key-load-delay") !== 0;
    const itemsAtOnce = isSlow ? 1 : ITEMS_AT_ONCE;
    const intervalBytes = config.number("loading-process-events-interval-bytes");
    let sliceMs = clock.monotonicMs();
    let slicePosition = position();
    for (let items = 1; next(); items++) {
      if (isSlow) delayKey(this.parts, "key-load-delay");
      // Loading one piece of the file takes less time than a slice, so only an interval smaller than a piece can end a slice earlier.
      const isLong = intervalBytes < PIECE_BYTES && position() - slicePosition >= intervalBytes;
      const isOver = isLong ||
        items % itemsAtOnce === 0 && clock.monotonicMs() - sliceMs >= SLICE_MS;
      if (!isOver) continue;
      this.#reportProgress();
      yield;
      sliceMs = clock.monotonicMs();
      slicePosition = position();
    }
  }

  *#rdb(name: string): Generator<void> {
    const { log } = this.parts;
    const file = this.#open(name);
    try {
      yield* this.#rdbEntries(RdbReader.ofFile((buffer) => this.#read(file, buffer)), {});
    } catch (error) {
      if (!(error instanceof RdbError)) throw error;
      if (error instanceof ShortReadError) {
        log.warning("Short read or OOM loading DB. Unrecoverable error, aborting now.");
      }
      log.warning(`Internal error in RDB reading of ${name} -> ${error.message}`);
      throw new LoadError(
        `Terminating server after rdb file reading failure. (${name}: ${error.message})`,
      );
    } finally {
      file.close();
    }
    this.parts.changes.saved();
  }

  *#rdbEntries(
    reader: RdbReader,
    given: Partial<ReadOptions>,
    functions: FunctionStore = this.parts.functions,
  ): Generator<void> {
    const { config, keyspace, log } = this.parts;
    const checksChecksum = config.flag("rdbchecksum");
    const options = { checksChecksum, keepsExpired: this.keepsExpired, ...given };
    const file = new RdbFileReader(keyspace, reader, functions, options);
    yield* this.#slices(() => file.next(), () => reader.position);
    for (const module of file.skipped) {
      log.warning(`The RDB file holds data of the module '${module}', which was passed over`);
    }
    for (const key of file.namesOfEmpty) {
      log.notice(`rdbLoadObject skipping empty key: ${key}`);
    }
    this.loaded = { keys: file.keys, expired: file.expired };
    this.facts = file.facts;
    this.expiredKeys = file.expiredKeys;
    const skipped = file.emptyKeys > 0 ? `, empty keys skipped: ${file.emptyKeys}` : "";
    log.notice(
      `Done loading RDB, keys loaded: ${file.keys}, keys expired: ${file.expired}${skipped}.`,
    );
  }

  /** Loads one of the append-only file's files; the last one may end within a request. */
  *#aofFile(path: string, name: string, isLast: boolean): Generator<void> {
    const file = this.#open(path);
    const read = (buffer: Uint8Array) => this.#read(file, buffer);
    let position: AofPosition = { offset: 0 };
    try {
      const first = readHead(read, RDB_MAGIC.length);
      let reader = new AofReader(read, first);
      if (latin1(first, 0, first.length) === RDB_MAGIC) {
        const rdb = new RdbReader(first, 0, first.length, read);
        yield* this.#rdbEntries(rdb, { keepsExpired: true });
        reader = new AofReader(read, rdb.rest, rdb.position);
      }
      position = reader;
      yield* this.#requests(reader, name, (safe) => position = safe);
    } catch (error) {
      if (error instanceof RdbError) {
        throw new LoadError(
          `Error reading the RDB preamble of the AOF file ${name}, AOF loading aborted: ${error.message}`,
        );
      }
      if (!(error instanceof AofFormatError)) throw error;
      if (error.reason === "malformed") {
        throw new LoadError(
          `Bad file format reading the append only file ${name}: make a backup of your AOF file, ` +
            `then use ./redis-check-aof --fix <filename.manifest> (offset ${error.offset})`,
        );
      }
      this.#cut(path, name, position.offset, isLast);
    } finally {
      file.close();
    }
  }

  /** Runs requests. `safe` gets the place at which the file may be cut: behind the last request, or where an unfinished transaction begins. */
  *#requests(
    reader: AofReader,
    name: string,
    safe: (position: AofPosition) => void,
  ): Generator<void> {
    const replay = this.parts.replayer();
    const args = new Arguments();
    let queue: Arguments[] | undefined;
    const run = (request: Arguments) => {
      const outcome = replay(request);
      if (outcome === "unknown") {
        throw new LoadError(
          `Unknown command '${request.text(0)}' reading the append only file ${name}`,
        );
      }
      // The requests behind a failed SELECT would go to the wrong database.
      if (outcome === "failed" && request.is(0, "SELECT")) {
        throw new LoadError(
          `The append only file ${name} has data of database ${
            request.text(1)
          }, which is not there`,
        );
      }
    };
    yield* this.#slices(() => {
      const { offset } = reader;
      if (!reader.next(args)) return false;
      if (args.is(0, "MULTI")) {
        // A MULTI within a transaction changes nothing, as in Redis 7.2.
        if (queue !== undefined) return true;
        queue = [];
        safe({ offset });
      } else if (args.is(0, "EXEC") && queue !== undefined) {
        queue.forEach(run);
        queue = undefined;
        safe(reader);
      } else if (queue !== undefined) queue.push(args.clone());
      else run(args);
      return true;
    }, () => reader.offset);
    // A transaction without its EXEC was not completely written, so none of it is run.
    if (queue === undefined) return;
    this.parts.log.warning("Revert incomplete MULTI/EXEC transaction from AOF file");
    throw new AofFormatError("truncated", reader.offset);
  }

  /** Cuts a file that ends within a request behind its last complete request, if that is allowed. */
  #cut(path: string, name: string, offset: number, isLast: boolean): void {
    const { config, host, log } = this.parts;
    if (!isLast) {
      throw new LoadError(`Fatal error: the truncated file ${name} is not the last file`);
    }
    if (!config.flag("aof-load-truncated")) {
      throw new LoadError(
        `Unexpected end of file reading the append only file ${name}. You can: 1) Make a backup of ` +
          "your AOF file, then use ./redis-check-aof --fix <filename.manifest>. 2) Alternatively " +
          "you can set the 'aof-load-truncated' configuration option to yes and restart the server.",
      );
    }
    log.warning(`!!! Warning: short read while loading the AOF file ${name}!!!`);
    log.warning(`AOF ${name} loaded anyway because aof-load-truncated is enabled`);
    if (holdsUnitAt(host, path, offset)) {
      throw new LoadError(
        `The AOF file ${name} has a whole request at offset ${offset}, but was taken for truncated ` +
          "there. This is a bug of the server; nothing was cut off.",
      );
    }
    try {
      log.warning(`Keeping what is cut off in ${copyTail(host, path, offset)}`);
      log.warning(`Truncating the AOF ${name} at offset ${offset}`);
      cutFile(host, path, offset);
    } catch (error) {
      throw new LoadError(`Error truncating the AOF file ${name}: ${(error as Error).message}`);
    }
  }

  #open(path: string): ReadFile {
    try {
      return this.parts.host.openToRead(path);
    } catch (error) {
      throw new LoadError(
        `Fatal error loading the DB: can't open ${path} for reading: ${
          (error as Error).message
        }. ` +
          "Exiting.",
      );
    }
  }

  #sizeOf(path: string): number {
    const file = this.#open(path);
    file.close();
    return file.size;
  }

  #read(file: ReadFile, buffer: Uint8Array): number {
    try {
      const count = file.read(buffer);
      this.readBytes += count;
      return count;
    } catch (error) {
      throw new LoadError(`Fatal error loading the DB: ${(error as Error).message}. Exiting.`);
    }
  }

  #reportProgress(): void {
    const { clock, log } = this.parts;
    const nowMs = clock.now();
    if (nowMs - this.#lastProgressMs < PROGRESS_INTERVAL_MS) return;
    this.#lastProgressMs = nowMs;
    const percent = (this.readBytes * 100 / Math.max(1, this.totalBytes)).toFixed(0);
    log.notice(`Loading DB: ${percent}% of ${this.totalBytes} bytes`);
  }

  #seconds(sinceMs: number): string {
    return ((this.parts.clock.monotonicMs() - sinceMs) / 1000).toFixed(3);
  }
}

/** A place in a file. */
interface AofPosition {
  readonly offset: number;
}

/** The first bytes of a file, or all of a shorter file. It reads repeatedly, because a read may bring less than it is asked for. */
function readHead(read: (buffer: Uint8Array) => number, length: number): Uint8Array {
  const head = new Uint8Array(length);
  let end = 0;
  for (let count; end < length && (count = read(head.subarray(end))) > 0;) end += count;
  return head.subarray(0, end);
}

function cutFile(host: Host, path: string, size: number): void {
  const file = host.openToAppend(path);
  try {
    file.truncate(size);
    file.syncNow();
  } finally {
    file.close();
  }
}
