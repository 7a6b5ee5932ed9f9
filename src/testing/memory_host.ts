/**
 * A machine in memory, for tests of what survives: files that know which of their bytes are safe, and faults where a test wants them.
 *
 * A process that is killed loses nothing that it has written. A machine that loses power keeps what was synced, and of the rest as much or as
 * little as chance has it.
 *
 * @module
 */
import type { AppendedFile, FileInProgress, Host, ReadFile } from "../ports/host.ts";
import { NetworkError, type TlsTrust } from "../ports/network.ts";
import type { OutgoingConnection } from "../ports/outgoing.ts";
import type { RandomSource } from "../lib/random.ts";

/** What is about to be done to a file. */
export type Operation = "open" | "write" | "sync" | "rename" | "remove" | "truncate";

/** The process is dead: nothing it does has any effect any more. */
export class Killed extends Error {
  override name = "Killed";
}

/** A file's contents. */
class Contents {
  bytes = new Uint8Array(0);
  /** So many of the bytes are safe. */
  syncedLength = 0;

  append(bytes: Uint8Array): void {
    const all = new Uint8Array(this.bytes.length + bytes.length);
    all.set(this.bytes);
    all.set(bytes, this.bytes.length);
    this.bytes = all;
  }

  cut(length: number): void {
    this.bytes = this.bytes.slice(0, length);
    this.syncedLength = Math.min(this.syncedLength, length);
  }
}

/** Files in memory. */
export class MemoryHost implements Host {
  readonly pid = 1;
  readonly platform = "memory";
  readonly runtime = "test";
  readonly executable = "";
  /**
   * Called before each operation; what it throws is the operation's failure. Of a write it may return how many bytes the system takes.
   */
  fault: (operation: Operation, path: string) => number | void = () => {};
  /** Called before each read from a file: how many bytes it brings at most (at least one). */
  readLimit: () => number = () => Infinity;
  /** The process has been killed. */
  isDead = false;
  readonly #files: Map<string, Contents>;

  /** `machine` is what connects to other servers, if anything does. */
  constructor(
    files: ReadonlyMap<string, Uint8Array> = new Map(),
    private readonly machine?: Pick<Host, "connect">,
  ) {
    this.#files = new Map();
    for (const [path, bytes] of files) {
      const contents = new Contents();
      contents.append(bytes);
      contents.syncedLength = bytes.length;
      this.#files.set(path, contents);
    }
  }

  /** All files as the process sees them. */
  get files(): Map<string, Uint8Array> {
    return new Map([...this.#files].map(([path, { bytes }]) => [path, bytes.slice()]));
  }

  /** A machine with what is left when the process is killed. */
  afterKill(): MemoryHost {
    return new MemoryHost(this.files, this.machine);
  }

  /** A machine with what is left when the power fails. */
  afterPowerLoss(random: RandomSource): MemoryHost {
    const left = new Map<string, Uint8Array>();
    for (const [path, { bytes, syncedLength }] of this.#files) {
      const unsafe = bytes.length - syncedLength;
      left.set(path, bytes.slice(0, syncedLength + random.below(unsafe + 1)));
    }
    return new MemoryHost(left, this.machine);
  }

  /** The machine with an empty disk. */
  replaced(): MemoryHost {
    return new MemoryHost(undefined, this.machine);
  }

  residentBytes = () => 0;
  heapBytes = () => 0;
  totalMemoryBytes = () => 0;
  /** What {@link oomScore} tells; undefined if the machine has no such thing. */
  score: number | undefined = 0;
  oomScore(): number {
    if (this.score === undefined) throw new Error("No such file or directory");
    return this.score;
  }
  setOomScore(score: number): void {
    this.oomScore();
    this.score = score;
  }
  cpuSeconds = () => ({ user: 0, system: 0 });
  readonly directory = "/memory";
  useDirectory(): void {}
  resolve = (path: string) => path;
  realPath = (path: string) => path;
  setMode(): void {}
  makeDirectory(): void {}

  readFile(path: string): Uint8Array<ArrayBuffer> {
    return this.#get(path).bytes.slice();
  }

  replaceFile(path: string, contents: Uint8Array): void {
    this.replaceFileBy(path, `${path}.tmp`, (write) => write(contents));
  }

  replaceFileBy(
    path: string,
    temporary: string,
    produce: (write: (bytes: Uint8Array) => void) => void,
  ): void {
    const file = this.openToAppend(temporary);
    file.truncate(0);
    produce((bytes) => writeAll(file, bytes));
    file.syncNow();
    this.renameFile(temporary, path);
  }

  beginFile(path: string, temporary: string): FileInProgress {
    const file = this.openToAppend(temporary);
    file.truncate(0);
    let isOver = false;
    return {
      write: (bytes) => writeAll(file, bytes),
      finish: async () => {
        await file.sync();
        if (isOver) throw new Error("The file was given up");
        this.renameFile(temporary, path);
        isOver = true;
      },
      abort: () => {
        if (!isOver) this.removeFile(temporary);
        isOver = true;
      },
    };
  }

  exists(path: string): boolean {
    return this.hasFile(path);
  }

  hasFile(path: string): boolean {
    return this.#files.has(path);
  }

  appendFile(path: string, contents: Uint8Array): void {
    writeAll(this.openToAppend(path), contents);
  }

  openToAppend(path: string): AppendedFile {
    this.#do("open", path);
    const contents = this.#files.get(path) ?? new Contents();
    this.#files.set(path, contents);
    const sync = () => {
      this.#do("sync", path);
      contents.syncedLength = contents.bytes.length;
    };
    return {
      get size() {
        return contents.bytes.length;
      },
      write: (bytes) => {
        const taken = Math.min(bytes.length, this.#do("write", path) ?? Infinity);
        contents.append(bytes.subarray(0, taken));
        return taken;
      },
      truncate: (size) => {
        this.#do("truncate", path);
        contents.cut(size);
      },
      syncNow: sync,
      sync: async () => {
        await Promise.resolve();
        sync();
      },
      close: () => {},
    };
  }

  openToRead(path: string): ReadFile {
    const { bytes } = this.#get(path);
    let at = 0;
    return {
      size: bytes.length,
      read: (buffer) => {
        const count = Math.min(buffer.length, bytes.length - at, this.readLimit());
        buffer.set(bytes.subarray(at, at + count));
        at += count;
        return count;
      },
      close: () => {},
    };
  }

  renameFile(from: string, to: string): void {
    this.#do("rename", to);
    this.#files.set(to, this.#get(from));
    this.#files.delete(from);
  }

  removeFile(path: string): void {
    try {
      this.#do("remove", path);
      this.#files.delete(path);
    } catch {
      // As on a real machine nobody is told.
    }
  }

  removeUnused(path: string): boolean {
    this.removeFile(path);
    return !this.#files.has(path);
  }

  connect(hostname: string, port: number, tls?: TlsTrust): Promise<OutgoingConnection> {
    if (this.machine !== undefined) return this.machine.connect(hostname, port, tls);
    return Promise.reject(new NetworkError("ConnectionRefused", "Connection refused"));
  }

  glob(pattern: string): string[] {
    const [start, end] = pattern.split("*");
    if (end === undefined) return this.#files.has(pattern) ? [pattern] : [];
    return [...this.#files.keys()].filter((path) =>
      path.startsWith(start) && path.endsWith(end) && !path.slice(start.length).includes("/")
    ).sort();
  }

  #get(path: string): Contents {
    const contents = this.#files.get(path);
    if (contents === undefined) throw new Error(`No such file or directory: ${path}`);
    return contents;
  }

  #do(operation: Operation, path: string): number | void {
    if (this.isDead) throw new Killed("The process is dead");
    return this.fault(operation, path);
  }
}

function writeAll(file: AppendedFile, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += file.write(bytes.subarray(at));
}
