/**
 * An RDB file that comes from a primary, before it replaces the data: on disk, or in memory if it shall not or cannot be written to disk.
 *
 * The file is checked when it has come whole. One that was cut or damaged is refused while the replica still has its data.
 *
 * @module
 */
import { latin1 } from "../lib/bytes.ts";
import { Crc64 } from "../rdb/crc64.ts";
import { LATEST_VERSION, Opcode, RDB_MAGIC } from "../rdb/format.ts";
import type { FileInProgress, Host, ReadFile } from "../ports/host.ts";
import { LinkError } from "./link_input.ts";
import type { TransferTarget } from "./transfer.ts";

const HEAD_BYTES = 9;
const CHECKSUM_BYTES = 8;
/** Files of this version and later end with a checksum. */
const CHECKSUM_VERSION = 5;

/** A file that comes from a primary. */
export interface ReceivedFile extends TransferTarget {
  /** Makes it ready to be read. Throws the system's reason. */
  complete(): Promise<void>;
  /** Opens it. Throws the system's reason. */
  open(): ReadFile;
  /** Forgets what has come. */
  abort(): void;
}

/** A file on disk, which takes the name of the RDB file when it is complete. */
export class FileOnDisk implements ReceivedFile {
  readonly #file: FileInProgress;

  /** Throws the system's reason if it cannot be written. */
  constructor(private readonly host: Host, private readonly name: string) {
    this.#file = host.beginFile(name, `temp-${host.pid}.sync.rdb`);
  }

  write(bytes: Uint8Array): void {
    this.#file.write(bytes);
  }

  complete(): Promise<void> {
    return this.#file.finish();
  }

  open(): ReadFile {
    return this.host.openToRead(this.name);
  }

  abort(): void {
    this.#file.abort();
  }
}

/** A file in memory. What was read is forgotten, so it can be read only once. */
export class FileInMemory implements ReceivedFile {
  #pieces: Uint8Array[] = [];
  #size = 0;

  write(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#pieces.push(bytes.slice());
    this.#size += bytes.length;
  }

  complete(): Promise<void> {
    return Promise.resolve();
  }

  open(): ReadFile {
    const pieces = this.#pieces.reverse();
    this.#pieces = [];
    return {
      size: this.#size,
      read(buffer) {
        const piece = pieces.pop();
        if (piece === undefined) return 0;
        const count = Math.min(piece.length, buffer.length);
        buffer.set(count === piece.length ? piece : piece.subarray(0, count));
        if (count < piece.length) pieces.push(piece.subarray(count));
        return count;
      },
      close: () => {},
    };
  }

  abort(): void {
    this.#pieces = [];
  }
}

/** Passes a file on, and checks it. */
export class CheckedFile implements TransferTarget {
  readonly #checksum = new Crc64();
  #head = "";
  /** The last bytes that have come: the checksum, and the opcode before it, if nothing more comes. */
  #tail = new Uint8Array(0);

  /** With `checksSum` the checksum must be right, if the file has one. */
  constructor(private readonly target: TransferTarget, private readonly checksSum: boolean) {}

  write(bytes: Uint8Array): void {
    this.target.write(bytes);
    if (this.#head.length < HEAD_BYTES) {
      this.#head += latin1(bytes, 0, Math.min(bytes.length, HEAD_BYTES - this.#head.length));
    }
    // The checksum covers all but itself, and where it begins is known only at the end.
    const kept = CHECKSUM_BYTES + 1;
    const passed = Math.max(0, this.#tail.length + bytes.length - kept);
    const ofTail = Math.min(passed, this.#tail.length);
    const ofBytes = passed - ofTail;
    this.#sum(this.#tail, ofTail);
    this.#sum(bytes, ofBytes);
    const tail = new Uint8Array(this.#tail.length - ofTail + bytes.length - ofBytes);
    tail.set(this.#tail.subarray(ofTail));
    tail.set(bytes.subarray(ofBytes), this.#tail.length - ofTail);
    this.#tail = tail;
  }

  /** Throws {@link LinkError} if what has come is no whole RDB file that this server can read. */
  check(): void {
    if (!this.#head.startsWith(RDB_MAGIC) || this.#head.length < HEAD_BYTES) {
      throw new LinkError("The RDB file from the master has a wrong signature");
    }
    const version = Number(this.#head.slice(RDB_MAGIC.length));
    if (!(version >= 1 && version <= LATEST_VERSION)) {
      throw new LinkError(`The RDB file from the master has format version ${version}`);
    }
    if (version < CHECKSUM_VERSION) return;
    if (this.#tail[0] !== Opcode.End) {
      throw new LinkError("The RDB file from the master has no end");
    }
    this.#sum(this.#tail, 1);
    const hasSum = this.#tail.subarray(1).some((byte) => byte !== 0);
    if (this.checksSum && hasSum && !this.#checksum.matches(this.#tail, 1)) {
      throw new LinkError("The RDB file from the master has a wrong checksum");
    }
  }

  #sum(bytes: Uint8Array, length: number): void {
    if (this.checksSum) this.#checksum.update(bytes, 0, length);
  }
}
