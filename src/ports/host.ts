/**
 * What a server needs of the machine besides sockets and time: files, and figures for INFO. A platform implements it; a test may bring its
 * own.
 *
 * @module
 */

import type { ByteSink } from "./byte_sink.ts";
import type { TlsTrust } from "./network.ts";
import type { OutgoingConnection } from "./outgoing.ts";

/** A file that is being written, and takes its name when it is complete. */
export interface FileInProgress extends ByteSink {
  /** Adds bytes; throws with the system's reason. */
  write(bytes: Uint8Array): void;
  /** Resolves when the file is safe on disk under its name; rejects with the system's reason, and then nothing is left of it. */
  finish(): Promise<void>;
  /** Removes it; what {@link finish} waits for rejects then. Does nothing if the file has its name already, or was removed. */
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
  /** As {@link syncNow}, without blocking this thread. */
  sync(): Promise<void>;
  /** Closes it. */
  close(): void;
}

/** A file that is read from its start to its end. */
export interface ReadFile {
  /** Bytes in it. */
  readonly size: number;
  /** Reads the next bytes into `buffer`; returns how many, 0 at the end. */
  read(buffer: Uint8Array): number;
  /** Closes it. */
  close(): void;
}

/**
 * The machine under a server. Paths that are not absolute begin in {@link Host.directory}.
 *
 * @internal
 */
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
  /** How readily the system kills this process when memory runs out, as Linux's `oom_score_adj`; throws with the system's reason. */
  oomScore(): number;
  /** Changes {@link oomScore}; throws with the system's reason. */
  setOomScore(score: number): void;
  /** CPU time that this process has used, in seconds. */
  cpuSeconds(): { user: number; system: number };
  /**
   * The directory of this server, in which relative paths begin. The working directory of the process does not matter. An absolute path;
   * empty if the process may not ask for it.
   */
  readonly directory: string;
  /** Changes {@link directory}; throws with the system's reason if there is no such directory. */
  useDirectory(path: string): void;
  /** The absolute form of a path. */
  resolve(path: string): string;
  /** The absolute form, without symbolic links, of a path that exists; throws with the system's reason. */
  realPath(path: string): string;
  /** Reads a file; throws with the system's reason. */
  readFile(path: string): Uint8Array<ArrayBuffer>;
  /** Writes a file whole, so that either the old or the new contents are there at any time. */
  replaceFile(path: string, contents: Uint8Array): void;
  /**
   * As {@link replaceFile}, in pieces that `produce` hands to its argument. They are written to a file named `temporary` first, which is
   * removed if anything fails.
   */
  replaceFileBy(
    path: string,
    temporary: string,
    produce: (write: (bytes: Uint8Array) => void) => void,
  ): void;
  /** Begins a file that will replace `path`. Until it is finished its name is `temporary`. */
  beginFile(path: string, temporary: string): FileInProgress;
  /** Whether anything has this name, even something that is no file or cannot be read: opening it then tells what is wrong. */
  exists(path: string): boolean;
  /** Whether there is a file. */
  hasFile(path: string): boolean;
  /** Adds to the end of a file, which is created if it does not exist. */
  appendFile(path: string, contents: Uint8Array): void;
  /** Opens a file to add to its end; creates it if it does not exist. Throws with the system's reason. */
  openToAppend(path: string): AppendedFile;
  /** Opens a file to read it. Throws with the system's reason. */
  openToRead(path: string): ReadFile;
  /** Creates a directory unless it exists; throws with the system's reason. */
  makeDirectory(path: string): void;
  /** Gives a file another name; throws with the system's reason. */
  renameFile(from: string, to: string): void;
  /** Removes a file if it exists. */
  removeFile(path: string): void;
  /** Removes a file unless, as far as the system can tell, a process is writing it. Returns whether it was removed. */
  removeUnused(path: string): boolean;
  /** Changes a file's permissions. */
  setMode(path: string, mode: number): void;
  /** Connects to another server by TCP, or by TLS if it is said whom to trust; rejects with a `NetworkError`. */
  connect(hostname: string, port: number, tls?: TlsTrust): Promise<OutgoingConnection>;
  /** Paths that match a pattern with `*` and `?` in its last part, in order. */
  glob(pattern: string): string[];
}
