/**
 * The part of a host that is the same on every platform: paths relative to the server's directory, files that are replaced as a whole.
 *
 * @module
 */
import { directoryOf, joinPath, matchesName, nameIn, type PathStyle } from "../lib/paths.ts";
import type { FileInProgress } from "../ports/host.ts";

/** A file under a temporary name that can also be finished at once. */
export interface NewFile extends FileInProgress {
  /** As {@link FileInProgress.finish}, but blocks this thread. */
  finishNow(): void;
}

/** The base of hosts with a file system. */
export abstract class FileHost {
  abstract readonly pid: number;
  #directory: string;

  /** `directory`: where relative paths begin at first. */
  constructor(directory: string, private readonly style: PathStyle) {
    this.#directory = directory;
  }

  get directory(): string {
    return this.#directory;
  }

  useDirectory(path: string): void {
    if (path === this.#directory) return;
    const real = this.realPath(path);
    if (!this.isDirectory(real)) throw new Error("Not a directory");
    this.#directory = real;
  }

  resolve(path: string): string {
    return joinPath(this.#directory, path, this.style);
  }

  replaceFile(path: string, contents: Uint8Array): void {
    this.replaceFileBy(path, `${path}.${this.pid}.tmp`, (write) => write(contents));
  }

  replaceFileBy(
    path: string,
    temporary: string,
    produce: (write: (bytes: Uint8Array) => void) => void,
  ): void {
    const file = this.beginFile(path, temporary);
    try {
      produce((bytes) => file.write(bytes));
      file.finishNow();
    } catch (error) {
      file.abort();
      throw error;
    }
  }

  glob(pattern: string): string[] {
    const name = nameIn(pattern, this.style);
    if (!/[*?]/.test(name)) return [pattern];
    const prefix = pattern.slice(0, pattern.length - name.length);
    return orElse([], () => this.filesIn(this.resolve(directoryOf(pattern, this.style))))
      .filter((file) => matchesName(name, file))
      .map((file) => prefix + file).sort();
  }

  abstract realPath(path: string): string;
  abstract beginFile(path: string, temporary: string): NewFile;
  /** Whether an absolute path is that of a directory; throws with the system's reason. */
  protected abstract isDirectory(path: string): boolean;
  /** Names of the files in a directory; throws with the system's reason. */
  protected abstract filesIn(directory: string): string[];
}

/** The result of `read`, or the fallback if it throws. */
export function orElse<T>(fallback: T, read: () => T): T {
  try {
    return read();
  } catch {
    return fallback;
  }
}
