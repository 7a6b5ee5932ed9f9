/**
 * What a server needs of the machine besides sockets and time: files, and figures for INFO. A platform implements it; a test may give its own.
 *
 * @module
 */

import type { ByteSink } from "./byte_sink.ts";
import type { OutgoingConnection } from "./outgoing.ts";

/** A file that is being written, and takes its name when it is complete. */
export interface FileInProgress extends ByteSink {
  /** Adds bytes; throws with the system's reason. */
  write(bytes: Uint8Array): void;
  /** Resolves when the file is safe on disk under its name; rejects with the system's reason, and then nothing is left of it. */
  finish(): Promise<void>;
  /** Removes it. */
  abort(): void;
}

/** A file that grows at its end. */
export interface AppendedFile {
  /** Bytes in it. */
  readonly size: number;
  /** Adds bytes at the end; returns how many of them the system took, or throws with its reason. */
  write(bytes: Uint8Array): number;
  /** Cuts it to `size` bytes; throws with the system's reason. */
  truncate(size: number): void;
  /** Returns when everything written is safe on disk; throws with the system's reason. */
  syncNow(): void;
  /** As {@link syncNow}, while others go on. */
  sync(): Promise<void>;
  /** Closes it. */
  close(): void;
}

/** A file that is read from its start to its end. */
export interface ReadFile {
  /** Bytes in it. */
  readonly size: number;
  /** Fills `buffer` with what comes next; returns how many bytes came, 0 at the end. */
  read(buffer: Uint8Array): number;
  /** Closes it. */
  close(): void;
}

/** The machine under a server. Paths that are not absolute begin in {@link Host.directory}. */
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
  /** How readily the system kills this process for want of memory, in Linux's numbers; throws with the system's reason. */
  oomScore(): number;
  /** Changes {@link oomScore}; throws with the system's reason. */
  setOomScore(score: number): void;
  /** CPU time that this process has used, in seconds. */
  cpuSeconds(): { user: number; system: number };
  /** Where relative paths begin: this server's, whatever the working directory of the process is. Absolute; empty if it may not be known. */
  readonly directory: string;
  /** Changes {@link directory}; throws with the system's reason if there is no such directory. */
  useDirectory(path: string): void;
  /** The absolute form of a path. */
  resolve(path: string): string;
  /** The absolute form of a path to something that is there, without symbolic links; throws with the system's reason. */
  realPath(path: string): string;
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
  /** Whether there is something under this name; also if it cannot be read, or is no file: then opening it tells what is wrong. */
  exists(path: string): boolean;
  /** Whether there is a file. */
  hasFile(path: string): boolean;
  /** Adds to the end of a file, which is made if it is not there. */
  appendFile(path: string, contents: Uint8Array): void;
  /** Opens a file to add to its end; it is made if it is not there. Throws with the system's reason. */
  openToAppend(path: string): AppendedFile;
  /** Opens a file to read it. Throws with the system's reason. */
  openToRead(path: string): ReadFile;
  /** Makes a directory if it is not there; throws with the system's reason. */
  makeDirectory(path: string): void;
  /** Gives a file another name; throws with the system's reason. */
  renameFile(from: string, to: string): void;
  /** Removes a file, if it is there. */
  removeFile(path: string): void;
  /** Removes a file unless somebody is writing it, as far as the system can tell; whether it did. */
  removeUnused(path: string): boolean;
  /** Changes a file's permissions. */
  setMode(path: string, mode: number): void;
  /** Connects to another server by TCP; rejects with a `NetworkError`. */
  connect(hostname: string, port: number): Promise<OutgoingConnection>;
  /** Paths that match a pattern with `*` and `?` in its last part, in order. */
  glob(pattern: string): string[];
}
