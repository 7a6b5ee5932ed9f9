/**
 * What the server needs of the machine besides sockets and time: files, and figures for INFO. The transport layer implements it with
 * Deno; a test may give its own.
 *
 * @module
 */

/** A file that is being written, and takes its name when it is complete. */
export interface FileInProgress {
  /** Adds bytes; throws with the system's reason. */
  write(bytes: Uint8Array): void;
  /** Resolves when the file is safe on disk under its name; rejects with the system's reason, and then nothing is left of it. */
  finish(): Promise<void>;
  /** Removes it. */
  abort(): void;
}

/** The machine under the server. */
export interface Host {
  readonly pid: number;
  /** Operating system and processor, as INFO shows them. */
  readonly platform: string;
  /** Version of the runtime. */
  readonly runtime: string;
  /** Path of the executable that runs. */
  readonly executable: string;
  /** Resident memory of this process, in bytes. */
  residentBytes(): number;
  /** Memory of the JavaScript heap in use, in bytes. */
  heapBytes(): number;
  /** Memory of the machine, in bytes. */
  totalMemoryBytes(): number;
  /** CPU time that this process has used, in seconds. */
  cpuSeconds(): { user: number; system: number };
  /** The working directory. */
  cwd(): string;
  /** Changes the working directory; throws with the system's reason. */
  changeDirectory(path: string): void;
  /** Reads a file; throws with the system's reason. */
  readFile(path: string): Uint8Array<ArrayBuffer>;
  /** Writes a file whole, so that either the old or the new contents are there at any time. */
  replaceFile(path: string, contents: Uint8Array): void;
  /**
   * As {@link replaceFile}, in pieces that `produce` hands to its argument, by way of a file with the name `temporary`, which is removed if
   * anything fails.
   */
  replaceFileBy(
    path: string,
    temporary: string,
    produce: (write: (bytes: Uint8Array) => void) => void,
  ): void;
  /** Begins a file that will replace `path`, by way of one with the name `temporary`. */
  beginFile(path: string, temporary: string): FileInProgress;
  /** Whether there is a file. */
  hasFile(path: string): boolean;
  /** Adds to the end of a file, which is made if it is not there. */
  appendFile(path: string, contents: Uint8Array): void;
  /** Removes a file, if it is there. */
  removeFile(path: string): void;
  /** Changes a file's permissions. */
  setMode(path: string, mode: number): void;
  /** Paths that match a pattern with `*` and `?` in its last part, in order. */
  glob(pattern: string): string[];
}
