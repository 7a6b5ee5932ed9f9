/**
 * The host under Node.
 *
 * Node has no locks on files, so {@link NodeHost.removeUnused} never knows that a file is not in use.
 *
 * @module
 */
import * as fs from "node:fs";
import * as os from "node:os";
import process from "node:process";
import { promisify } from "node:util";
import { directoryOf, type PathStyle } from "../../lib/paths.ts";
import type { AppendedFile, Host, ReadFile } from "../../ports/host.ts";
import type { TlsTrust } from "../../ports/network.ts";
import type { OutgoingConnection } from "../../ports/outgoing.ts";
import { FileHost, type NewFile, orElse } from "../file_host.ts";
import { connectSocket } from "./network.ts";

const STYLE: PathStyle = process.platform === "win32" ? "windows" : "unix";
const OOM_SCORE = "/proc/self/oom_score_adj";
const fsync = promisify(fs.fsync);
const fdatasync = promisify(fs.fdatasync);

/** The host of a server that runs under Node or Bun. */
export class NodeHost extends FileHost implements Host {
  readonly pid: number = process.pid;
  readonly platform: string = `${os.platform()} ${os.release()} ${os.arch()}`;
  readonly runtime: string = process.versions.bun === undefined
    ? `node ${process.versions.node}`
    : `bun ${process.versions.bun}`;
  readonly executable: string = process.execPath;

  constructor() {
    super(orElse("", () => process.cwd()), STYLE);
  }

  residentBytes(): number {
    return process.memoryUsage().rss;
  }

  heapBytes(): number {
    return process.memoryUsage().heapUsed;
  }

  totalMemoryBytes(): number {
    return os.totalmem();
  }

  cpuSeconds(): { user: number; system: number } {
    const { user, system } = process.cpuUsage();
    return { user: user / 1e6, system: system / 1e6 };
  }

  oomScore(): number {
    return Number(fs.readFileSync(OOM_SCORE, "utf8"));
  }

  setOomScore(score: number): void {
    fs.writeFileSync(OOM_SCORE, `${score}\n`, { flag: "r+" });
  }

  realPath(path: string): string {
    return fs.realpathSync(this.resolve(path));
  }

  readFile(path: string): Uint8Array<ArrayBuffer> {
    return new Uint8Array(fs.readFileSync(this.resolve(path)));
  }

  beginFile(path: string, temporary: string): NewFile {
    return new NodeNewFile(this.resolve(path), this.resolve(temporary));
  }

  hasFile(path: string): boolean {
    return orElse(false, () => fs.statSync(this.resolve(path)).isFile());
  }

  exists(path: string): boolean {
    try {
      fs.statSync(this.resolve(path));
      return true;
    } catch (error) {
      return (error as { code?: string }).code !== "ENOENT";
    }
  }

  appendFile(path: string, contents: Uint8Array): void {
    fs.appendFileSync(this.resolve(path), contents);
  }

  openToAppend(path: string): AppendedFile {
    return new NodeAppendedFile(this.resolve(path));
  }

  openToRead(path: string): ReadFile {
    const file = fs.openSync(this.resolve(path), "r");
    return {
      size: fs.fstatSync(file).size,
      read: (buffer) => fs.readSync(file, buffer),
      close: () => fs.closeSync(file),
    };
  }

  makeDirectory(path: string): void {
    const full = this.resolve(path);
    fs.mkdirSync(full, { recursive: true });
    syncDirectoryOf(full);
  }

  renameFile(from: string, to: string): void {
    const full = this.resolve(to);
    fs.renameSync(this.resolve(from), full);
    syncDirectoryOf(full);
  }

  removeFile(path: string): void {
    orElse(undefined, () => fs.unlinkSync(this.resolve(path)));
  }

  removeUnused(): boolean {
    return false;
  }

  setMode(path: string, mode: number): void {
    fs.chmodSync(this.resolve(path), mode);
  }

  async connect(hostname: string, port: number, tls?: TlsTrust): Promise<OutgoingConnection> {
    const socket = await connectSocket(hostname, port, tls);
    const buffer = new Uint8Array(65536);
    return {
      // A write to a Node socket takes all bytes or fails.
      send: (bytes) => socket.write(bytes as Uint8Array<ArrayBuffer>).then(() => {}),
      async receive() {
        const count = await socket.read(buffer);
        return count === null ? undefined : buffer.subarray(0, count);
      },
      close: () => socket.close(),
    };
  }

  protected isDirectory(path: string): boolean {
    return fs.statSync(path).isDirectory();
  }

  protected filesIn(directory: string): string[] {
    return fs.readdirSync(directory, { withFileTypes: true })
      .filter((item) => item.isFile()).map(({ name }) => name);
  }
}

/** Syncs the directory of a file, which makes the file's new name safe. Not every system can do that. */
function syncDirectoryOf(path: string): void {
  orElse(undefined, () => {
    const directory = fs.openSync(directoryOf(path, STYLE), "r");
    try {
      fs.fsyncSync(directory);
    } finally {
      fs.closeSync(directory);
    }
  });
}

class NodeNewFile implements NewFile {
  readonly #file: number;
  #isOpen = true;
  /** It has its name, or was removed. The temporary name may be another file's from then on. */
  #isOver = false;

  constructor(private readonly path: string, private readonly temporary: string) {
    this.#file = fs.openSync(temporary, "w");
  }

  write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) at += fs.writeSync(this.#file, bytes, at);
  }

  async finish(): Promise<void> {
    try {
      await fsync(this.#file);
      this.#takeName();
    } catch (error) {
      this.abort();
      throw error;
    }
  }

  finishNow(): void {
    fs.fsyncSync(this.#file);
    this.#takeName();
  }

  abort(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    orElse(undefined, () => this.#close());
    orElse(undefined, () => fs.unlinkSync(this.temporary));
  }

  #takeName(): void {
    if (this.#isOver) throw new Error("The file was given up");
    this.#close();
    fs.renameSync(this.temporary, this.path);
    this.#isOver = true;
    syncDirectoryOf(this.path);
  }

  /** Closes only once, because the descriptor may belong to another file afterwards. */
  #close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    fs.closeSync(this.#file);
  }
}

class NodeAppendedFile implements AppendedFile {
  size: number;
  readonly #file: number;

  constructor(path: string) {
    this.#file = fs.openSync(path, "a");
    this.size = fs.fstatSync(this.#file).size;
  }

  write(bytes: Uint8Array): number {
    const count = fs.writeSync(this.#file, bytes);
    this.size += count;
    return count;
  }

  truncate(size: number): void {
    fs.ftruncateSync(this.#file, size);
    this.size = size;
  }

  syncNow(): void {
    fs.fdatasyncSync(this.#file);
  }

  sync(): Promise<void> {
    return fdatasync(this.#file);
  }

  close(): void {
    fs.closeSync(this.#file);
  }
}
