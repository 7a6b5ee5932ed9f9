/**
 * The host under Deno.
 *
 * Figures that need a permission which the process does not have are zero; they are only for INFO.
 *
 * @module
 */
import { cpuUsage } from "node:process";
import { writeAll } from "@std/io";
import { directoryOf, type PathStyle } from "../../lib/paths.ts";
import type { AppendedFile, Host, ReadFile } from "../../ports/host.ts";
import type { TlsTrust } from "../../ports/network.ts";
import type { OutgoingConnection } from "../../ports/outgoing.ts";
import { FileHost, type NewFile, orElse } from "../file_host.ts";
import { connectSocket } from "./network.ts";

/** On Windows even this process could not read a file that it has locked. */
const HAS_ADVISORY_LOCKS = Deno.build.os !== "windows";
const STYLE: PathStyle = Deno.build.os === "windows" ? "windows" : "unix";
const OOM_SCORE = "/proc/self/oom_score_adj";

/** The host of a server that runs under Deno. */
export class DenoHost extends FileHost implements Host {
  readonly pid: number = Deno.pid;
  readonly platform: string = `${Deno.build.os} ${
    orElse("", () => Deno.osRelease())
  } ${Deno.build.arch}`;
  readonly runtime: string = `deno ${Deno.version.deno}`;
  readonly executable: string = orElse("", () => Deno.execPath());

  constructor() {
    super(orElse("", () => Deno.cwd()), STYLE);
  }

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

  realPath(path: string): string {
    return Deno.realPathSync(this.resolve(path));
  }

  readFile(path: string): Uint8Array<ArrayBuffer> {
    return Deno.readFileSync(this.resolve(path));
  }

  beginFile(path: string, temporary: string): NewFile {
    return new DenoNewFile(this.resolve(path), this.resolve(temporary));
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

  async connect(hostname: string, port: number, tls?: TlsTrust): Promise<OutgoingConnection> {
    const socket = await connectSocket(hostname, port, tls);
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

  protected isDirectory(path: string): boolean {
    return Deno.statSync(path).isDirectory;
  }

  protected filesIn(directory: string): string[] {
    return [...Deno.readDirSync(directory)].filter(({ isFile }) => isFile).map(({ name }) => name);
  }
}

/** Locks a file, so that {@link DenoHost.removeUnused} sees that it is being written. The lock ends with the process, however that ends. */
function showInUse(file: Deno.FsFile): void {
  if (HAS_ADVISORY_LOCKS) orElse(false, () => file.tryLockSync(true));
}

/** A file under a temporary name. */
class DenoNewFile implements NewFile {
  readonly #file: Deno.FsFile;
  /** It has its name, or was removed. The temporary name may be another file's from then on. */
  #isOver = false;

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

  finishNow(): void {
    this.#file.syncSync();
    this.#takeName();
  }

  abort(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    orElse(undefined, () => this.#file.close());
    orElse(undefined, () => Deno.removeSync(this.temporary));
  }

  #takeName(): void {
    if (this.#isOver) throw new Error("The file was given up");
    this.#file.close();
    Deno.renameSync(this.temporary, this.path);
    this.#isOver = true;
    syncDirectoryOf(this.path);
  }
}

/** Syncs the directory of a file, which makes the file's new name safe. Not every system can do that. */
function syncDirectoryOf(path: string): void {
  orElse(undefined, () => {
    using directory = Deno.openSync(directoryOf(path, STYLE));
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
