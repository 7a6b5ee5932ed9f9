/**
 * The machine as Deno shows it.
 *
 * Figures that need a permission the process does not have are zero: they are only for INFO.
 *
 * @module
 */
import { cpuUsage } from "node:process";
import { writeAll } from "@std/io";
import { directoryOf, joinPath, matchesName } from "../../lib/paths.ts";
import type { AppendedFile, FileInProgress, Host, ReadFile } from "../../ports/host.ts";
import type { OutgoingConnection } from "../../ports/outgoing.ts";
import { connectSocket } from "./network.ts";

/** On Windows a locked file could not be read by this process either. */
const HAS_ADVISORY_LOCKS = Deno.build.os !== "windows";
const OOM_SCORE = "/proc/self/oom_score_adj";

function orElse<T>(fallback: T, read: () => T): T {
  try {
    return read();
  } catch {
    return fallback;
  }
}

/** The host of a server that runs under Deno. */
export class DenoHost implements Host {
  readonly pid: number = Deno.pid;
  readonly platform: string = `${Deno.build.os} ${
    orElse("", () => Deno.osRelease())
  } ${Deno.build.arch}`;
  readonly runtime: string = `deno ${Deno.version.deno}`;
  readonly executable: string = orElse("", () => Deno.execPath());
  #directory: string = orElse("", () => Deno.cwd());

  residentBytes(): number {
    return orElse(0, () => Deno.memoryUsage().rss);
  }

  heapBytes(): number {
    return orElse(0, () => Deno.memoryUsage().heapUsed);
  }

  totalMemoryBytes(): number {
    return orElse(0, () => Deno.systemMemoryInfo().total);
  }

  cpuSeconds(): { user: number; system: number } {
    const { user, system } = orElse({ user: 0, system: 0 }, () => cpuUsage());
    return { user: user / 1e6, system: system / 1e6 };
  }

  oomScore(): number {
    return Number(Deno.readTextFileSync(OOM_SCORE));
  }

  setOomScore(score: number): void {
    Deno.writeTextFileSync(OOM_SCORE, `${score}\n`, { create: false });
  }

  get directory(): string {
    return this.#directory;
  }

  useDirectory(path: string): void {
    if (path === this.#directory) return;
    const real = this.realPath(path);
    if (!Deno.statSync(real).isDirectory) throw new Error("Not a directory");
    this.#directory = real;
  }

  resolve(path: string): string {
    return joinPath(this.#directory, path);
  }

  realPath(path: string): string {
    return Deno.realPathSync(this.resolve(path));
  }

  readFile(path: string): Uint8Array<ArrayBuffer> {
    return Deno.readFileSync(this.resolve(path));
  }

  replaceFile(path: string, contents: Uint8Array): void {
    this.replaceFileBy(path, `${path}.${this.pid}.tmp`, (write) => write(contents));
  }

  replaceFileBy(
    path: string,
    temporary: string,
    produce: (write: (bytes: Uint8Array) => void) => void,
  ): void {
    const file = new NewFile(this.resolve(path), this.resolve(temporary));
    try {
      produce((bytes) => file.write(bytes));
      file.finishNow();
    } catch (error) {
      file.abort();
      throw error;
    }
  }

  beginFile(path: string, temporary: string): FileInProgress {
    return new NewFile(this.resolve(path), this.resolve(temporary));
  }

  hasFile(path: string): boolean {
    return orElse(false, () => Deno.statSync(this.resolve(path)).isFile);
  }

  exists(path: string): boolean {
    try {
      Deno.statSync(this.resolve(path));
      return true;
    } catch (error) {
      return !(error instanceof Deno.errors.NotFound);
    }
  }

  appendFile(path: string, contents: Uint8Array): void {
    Deno.writeFileSync(this.resolve(path), contents, { append: true });
  }

  openToAppend(path: string): AppendedFile {
    return new DenoAppendedFile(this.resolve(path));
  }

  openToRead(path: string): ReadFile {
    const file = Deno.openSync(this.resolve(path), { read: true });
    return {
      size: file.statSync().size,
      read: (buffer) => file.readSync(buffer) ?? 0,
      close: () => file.close(),
    };
  }

  makeDirectory(path: string): void {
    const full = this.resolve(path);
    Deno.mkdirSync(full, { recursive: true });
    syncDirectoryOf(full);
  }

  renameFile(from: string, to: string): void {
    const full = this.resolve(to);
    Deno.renameSync(this.resolve(from), full);
    syncDirectoryOf(full);
  }

  removeFile(path: string): void {
    orElse(undefined, () => Deno.removeSync(this.resolve(path)));
  }

  removeUnused(path: string): boolean {
    if (!HAS_ADVISORY_LOCKS) return false;
    return orElse(false, () => {
      using file = Deno.openSync(this.resolve(path), { write: true });
      if (!file.tryLockSync(true)) return false;
      Deno.removeSync(this.resolve(path));
      return true;
    });
  }

  setMode(path: string, mode: number): void {
    Deno.chmodSync(this.resolve(path), mode);
  }

  async connect(hostname: string, port: number): Promise<OutgoingConnection> {
    const socket = await connectSocket(hostname, port);
    const buffer = new Uint8Array(65536);
    return {
      send: (bytes) => writeAll(socket, bytes),
      async receive() {
        const count = await socket.read(buffer);
        return count === null ? undefined : buffer.subarray(0, count);
      },
      close: () => orElse(undefined, () => socket.close()),
    };
  }

  glob(pattern: string): string[] {
    const name = pattern.slice(pattern.lastIndexOf("/") + 1);
    if (!/[*?]/.test(name)) return [pattern];
    const prefix = pattern.slice(0, pattern.length - name.length);
    return orElse([], () => [...Deno.readDirSync(this.resolve(directoryOf(pattern)))])
      .filter((item) => item.isFile && matchesName(name, item.name))
      .map((item) => prefix + item.name).sort();
  }
}

/** Lets {@link DenoHost.removeUnused} know that the file is being written. The lock goes with the process, however that ends. */
function showInUse(file: Deno.FsFile): void {
  if (HAS_ADVISORY_LOCKS) orElse(false, () => file.tryLockSync(true));
}

/** A file under a temporary name. */
class NewFile implements FileInProgress {
  readonly #file: Deno.FsFile;

  constructor(private readonly path: string, private readonly temporary: string) {
    this.#file = Deno.openSync(temporary, { write: true, create: true, truncate: true });
    showInUse(this.#file);
  }

  write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) at += this.#file.writeSync(bytes.subarray(at));
  }

  async finish(): Promise<void> {
    try {
      await this.#file.sync();
      this.#takeName();
    } catch (error) {
      this.abort();
      throw error;
    }
  }

  /** As {@link finish}, while everybody waits. */
  finishNow(): void {
    this.#file.syncSync();
    this.#takeName();
  }

  abort(): void {
    orElse(undefined, () => this.#file.close());
    orElse(undefined, () => Deno.removeSync(this.temporary));
  }

  #takeName(): void {
    this.#file.close();
    Deno.renameSync(this.temporary, this.path);
    syncDirectoryOf(this.path);
  }
}

/** A file's new name is safe when its directory is; not every system can be asked for that. */
function syncDirectoryOf(path: string): void {
  orElse(undefined, () => {
    using directory = Deno.openSync(directoryOf(path));
    directory.syncSync();
  });
}

/** A file that grows. */
class DenoAppendedFile implements AppendedFile {
  size: number;
  readonly #file: Deno.FsFile;

  constructor(path: string) {
    this.#file = Deno.openSync(path, { append: true, create: true });
    showInUse(this.#file);
    this.size = this.#file.statSync().size;
  }

  write(bytes: Uint8Array): number {
    const count = this.#file.writeSync(bytes);
    this.size += count;
    return count;
  }

  truncate(size: number): void {
    this.#file.truncateSync(size);
    this.size = size;
  }

  syncNow(): void {
    this.#file.syncDataSync();
  }

  sync(): Promise<void> {
    return this.#file.syncData();
  }

  close(): void {
    this.#file.close();
  }
}
