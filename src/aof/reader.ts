/**
 * Reads the requests of an append-only file.
 *
 * The file holds requests as clients send them, and lines that begin with `#` (`#TS:1700000000`), which are skipped.
 *
 * @module
 */
import { parseInteger } from "../lib/integer.ts";
import type { Arguments } from "../resp/arguments.ts";

/** A file is read in pieces of about this size. */
const PIECE_BYTES = 2 ** 20;
/** Longest line of a header that Redis 7.2 accepts. */
const LONGEST_HEADER = 128;
const LARGEST_COUNT = 2 ** 31 - 1;
const ARRAY = 0x2a;
const BULK = 0x24;
const COMMENT = 0x23;
const LF = 0x0a;

/** Thrown when the file ends within a request, or holds something that is no request. */
export class AofFormatError extends Error {
  override name = "AofFormatError";

  constructor(readonly reason: "truncated" | "malformed", readonly offset: number) {
    super(`The append only file is ${reason} at offset ${offset}`);
  }
}

/** Reads one file. */
export class AofReader {
  #bytes: Uint8Array;
  /** Index at which the present request begins. */
  #start = 0;
  #at = 0;
  #end: number;
  /** Offset in the file of the buffer's first byte. */
  #base: number;
  #isAtEnd = false;

  /**
   * `read` fills a buffer with the next bytes and returns how many, 0 at the end. The bytes of `first`, which stand at `offset` in the
   * file, come before them. It is asked for `pieceBytes` at once, or more for a large request.
   */
  constructor(
    private readonly read: (buffer: Uint8Array) => number,
    first: Uint8Array = new Uint8Array(0),
    offset = 0,
    private readonly pieceBytes: number = PIECE_BYTES,
  ) {
    this.#bytes = first;
    this.#end = first.length;
    this.#base = offset;
  }

  /** Offset in the file behind the last request that was read. */
  get offset(): number {
    return this.#base + this.#start;
  }

  /** Reads the next request into `args`; false at the end of the file. Throws {@link AofFormatError}. */
  next(args: Arguments): boolean {
    for (;;) {
      if (this.#start === this.#end && !this.#more(1)) return false;
      // Set here and not before the loop, because reading more moves what the indexes point at.
      this.#at = this.#start;
      const needed = this.#bytes[this.#at] === COMMENT ? this.#skipLine() : this.#parse(args);
      if (needed > 0) {
        if (!this.#more(needed)) throw new AofFormatError("truncated", this.offset);
        continue;
      }
      const isRequest = this.#bytes[this.#start] !== COMMENT;
      this.#start = this.#at;
      if (isRequest) return true;
    }
  }

  /** Parses a request. Returns 0 if it is complete, else the least number of bytes that are missing. */
  #parse(args: Arguments): number {
    args.reset();
    const count = this.#header(ARRAY);
    if (count < 0) return 1;
    if (count === 0) throw this.#malformed();
    for (let i = 0; i < count; i++) {
      const length = this.#header(BULK);
      if (length < 0) return 1;
      const missing = this.#at + length + 2 - this.#end;
      if (missing > 0) return missing;
      args.push(this.#at, length);
      this.#at += length + 2;
    }
    args.bytes = this.#bytes;
    return 0;
  }

  /** The number in a header of a type; -1 if the header is incomplete. */
  #header(type: number): number {
    if (this.#at < this.#end && this.#bytes[this.#at] !== type) throw this.#malformed();
    const lineEnd = this.#lineEnd(LONGEST_HEADER);
    if (lineEnd < 0) return -1;
    const start = this.#at + 1;
    const value = parseInteger(this.#bytes, start, Math.max(0, lineEnd - start - 1));
    if (!(value >= 0 && value <= LARGEST_COUNT)) throw this.#malformed();
    this.#at = lineEnd + 1;
    return value;
  }

  #skipLine(): number {
    const lineEnd = this.#lineEnd(Infinity);
    if (lineEnd < 0) return 1;
    this.#at = lineEnd + 1;
    return 0;
  }

  /** Index of the next line feed; -1 if it has not been read yet. */
  #lineEnd(longest: number): number {
    const last = Math.min(this.#end, this.#at + longest);
    for (let i = this.#at; i < last; i++) if (this.#bytes[i] === LF) return i;
    if (last < this.#end) throw this.#malformed();
    return -1;
  }

  /**
   * Reads at least `needed` bytes more; returns false if the file ends before. Unread bytes move to a new buffer, so ranges of the old one
   * stay valid.
   */
  #more(needed: number): boolean {
    if (this.#isAtEnd) return false;
    const rest = this.#end - this.#start;
    let bytes = new Uint8Array(rest + Math.max(this.pieceBytes, rest));
    bytes.set(this.#bytes.subarray(this.#start, this.#end));
    let end = rest;
    while (end < rest + needed && !this.#isAtEnd) {
      // A damaged length may ask for anything, so memory grows only with what is really there.
      if (end === bytes.length) {
        const larger = new Uint8Array(Math.min(rest + needed, end * 2));
        larger.set(bytes);
        bytes = larger;
      }
      const count = this.read(bytes.subarray(end));
      this.#isAtEnd = count === 0;
      end += count;
    }
    this.#base += this.#start;
    this.#bytes = bytes;
    this.#start = 0;
    this.#end = end;
    return end >= rest + needed;
  }

  #malformed(): AofFormatError {
    return new AofFormatError("malformed", this.offset);
  }
}
