/**
 * Reads the elements of the RDB format. Every read is checked and throws an {@link RdbError} that says where data is missing.
 *
 * @module
 */
import type { ByteRange } from "../lib/bytes.ts";
import { fromLatin1 } from "../lib/bytes.ts";
import { LARGEST_INT64_DOUBLE } from "../lib/integer.ts";
import { Crc64 } from "./crc64.ts";
import { EmptyValueError, RdbError, ShortReadError, StringForm } from "./format.ts";
import { decompress, mayDecompressTo } from "./lzf.ts";

const WORD = 2 ** 32;
/** Longest element: a buffer holds no more. */
const LONGEST_ELEMENT = 2 ** 32 - 2 ** 21;

const EMPTY = new Uint8Array(0);
/** Size of the memory that decompressed strings share. */
const DECOMPRESSED_BYTES = 2 ** 16;
/** A file is read in pieces of about this size. */
const PIECE_BYTES = 2 ** 20;

/** Reads from bytes in memory, or from a file piece by piece. */
export class RdbReader {
  /** The checksum of what has been read; see {@link sum}. */
  readonly #checksum = new Crc64();
  #bytes: Uint8Array;
  #at: number;
  #end: number;
  /** The checksum covers the bytes before this index. */
  #summed: number;
  /** Offset in the file of the first byte in memory. */
  #base = 0;
  /** Memory for decompressed strings. When it is full it is replaced and not reused, so that ranges stay valid. */
  #decompressed: Uint8Array = EMPTY;
  #decompressedLength = 0;
  readonly #read: ((buffer: Uint8Array) => number) | undefined;

  /**
   * Reads the bytes from `start` to `end`, then those that `read` puts into buffers; it returns how many, 0 at the end. It is asked for
   * `pieceBytes` at once, or more for a long string.
   */
  constructor(
    bytes: Uint8Array,
    start: number,
    end: number,
    read?: (buffer: Uint8Array) => number,
    private readonly pieceBytes: number = PIECE_BYTES,
  ) {
    this.#bytes = bytes;
    this.#at = this.#summed = start;
    this.#end = end;
    this.#read = read;
  }

  /** A reader of the bytes that `read` puts into buffers. */
  static ofFile(read: (buffer: Uint8Array) => number): RdbReader {
    return new RdbReader(new Uint8Array(0), 0, 0, read);
  }

  /** Offset of the next element. */
  get position(): number {
    return this.#base + this.#at;
  }

  /** Whether everything has been read; of a file, everything in memory. */
  get isAtEnd(): boolean {
    return this.#at === this.#end;
  }

  /** The bytes in memory that were not read yet. */
  get rest(): Uint8Array {
    return this.#bytes.subarray(this.#at, this.#end);
  }

  /** The checksum of everything read so far. */
  sum(): Crc64 {
    this.#checksum.update(this.#bytes, this.#summed, this.#at - this.#summed);
    this.#summed = this.#at;
    return this.#checksum;
  }

  /** An error about the data at the present position. */
  error(what: string): RdbError {
    return new RdbError(`${what} at offset ${this.position}`);
  }

  /** The error about a value that ends here and has no elements. */
  emptyValue(): EmptyValueError {
    return new EmptyValueError(`Empty key at offset ${this.position}`);
  }

  byte(): number {
    const at = this.#take(1);
    return this.#bytes[at];
  }

  /** `length` bytes as they are. The range stays valid. */
  raw(length: number): ByteRange {
    const start = this.#take(length);
    return { bytes: this.#bytes, start, length };
  }

  /** A length; rounded beyond 2^53. */
  length(): number {
    const value = this.#length();
    if (value < 0) throw this.error("Cannot read a length");
    return value;
  }

  /** A length of 64 bits, in two words. */
  length64(): [number, number] {
    const first = this.byte();
    if (first === 0x81) return [this.#bigEndian(), this.#bigEndian()];
    this.#at--;
    return [0, this.length()];
  }

  /** A string. The range stays valid. */
  string(): ByteRange {
    return this.stringInto({ bytes: EMPTY, start: 0, length: 0 });
  }

  /** As {@link string}, into the caller's range. */
  stringInto(range: ByteRange): ByteRange {
    const value = this.#length();
    if (value >= 0) {
      range.start = this.#take(value);
      range.bytes = this.#bytes;
      range.length = value;
      return range;
    }
    const form = ~value;
    switch (form) {
      case StringForm.Int8:
        return setText(range, this.byte() << 24 >> 24);
      case StringForm.Int16:
        return setText(range, this.littleEndian(2) << 16 >> 16);
      case StringForm.Int32:
        return setText(range, this.littleEndian(4) | 0);
      case StringForm.Lzf: {
        const compressed = this.length();
        const size = this.length();
        const at = this.#take(compressed);
        const to = mayDecompressTo(compressed, size) ? this.#room(size) : -1;
        const target = this.#decompressed;
        if (to < 0 || !decompress(this.#bytes, at, compressed, target, to, size)) {
          throw this.error("Invalid LZF compressed string");
        }
        range.bytes = target;
        range.start = to;
        range.length = size;
        return range;
      }
      default:
        throw this.error(`Unknown RDB string encoding type ${form}`);
    }
  }

  /** A double of eight bytes. */
  double(): number {
    return this.#view(8).getFloat64(0, true);
  }

  /** A double in text form, as old sorted sets have it. */
  textDouble(): number {
    const length = this.byte();
    if (length === 253) return NaN;
    if (length === 254) return Infinity;
    if (length === 255) return -Infinity;
    const { bytes, start } = this.raw(length);
    const text = String.fromCharCode(...bytes.subarray(start, start + length));
    return text.trim() === "" ? NaN : Number(text);
  }

  /** A signed whole number of eight bytes, least significant first. It is rounded beyond 2^53, but never to a number that needs more bytes. */
  int64(): number {
    return Math.min(Number(this.#view(8).getBigInt64(0, true)), LARGEST_INT64_DOUBLE);
  }

  /** An unsigned integer of up to four bytes, least significant first. */
  littleEndian(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) value += this.byte() * 2 ** (8 * i);
    return value;
  }

  /** Index of `size` free bytes in {@link #decompressed}. */
  #room(size: number): number {
    if (this.#decompressedLength + size > this.#decompressed.length) {
      const isFile = this.#read !== undefined;
      this.#decompressed = new Uint8Array(isFile ? Math.max(size, DECOMPRESSED_BYTES) : size);
      this.#decompressedLength = 0;
    }
    const at = this.#decompressedLength;
    this.#decompressedLength += size;
    return at;
  }

  /** A length; or the bitwise complement of the form of a specially encoded string. */
  #length(): number {
    const first = this.byte();
    switch (first >> 6) {
      case 0:
        return first;
      case 1:
        return (first & 0x3f) << 8 | this.byte();
      case 3:
        return ~(first & 0x3f);
    }
    if (first === 0x80) return this.#bigEndian();
    if (first === 0x81) return this.#bigEndian() * WORD + this.#bigEndian();
    throw this.error(`Cannot read a length that begins with ${first}`);
  }

  #bigEndian(): number {
    return this.#view(4).getUint32(0);
  }

  #view(length: number): DataView {
    const at = this.#take(length);
    return new DataView(this.#bytes.buffer, this.#bytes.byteOffset + at, length);
  }

  /** Moves on by `length` bytes and returns where they start; throws if they are not there. */
  #take(length: number): number {
    if (!(length <= this.#end - this.#at)) this.#refill(length);
    const at = this.#at;
    this.#at += length;
    return at;
  }

  /** Reads until `length` bytes are in memory. They go to a new buffer, so ranges of the old one stay valid. */
  #refill(length: number): void {
    const missing = new ShortReadError(
      `Unexpected EOF: cannot read ${length} bytes at offset ${this.position}`,
    );
    if (this.#read === undefined || !(length <= LONGEST_ELEMENT)) throw missing;
    this.sum();
    const { rest } = this;
    const { pieceBytes } = this;
    let bytes = new Uint8Array(Math.max(rest.length, Math.min(length, pieceBytes)) + pieceBytes);
    bytes.set(rest);
    let end = rest.length;
    while (end < length) {
      // A damaged length may ask for anything, so memory grows only with what is really there.
      if (end === bytes.length) {
        const larger = new Uint8Array(Math.min(length, end * 2));
        larger.set(bytes);
        bytes = larger;
      }
      const count = this.#read(bytes.subarray(end));
      if (count === 0) throw missing;
      end += count;
    }
    this.#base += this.#at;
    this.#bytes = bytes;
    this.#at = this.#summed = 0;
    this.#end = end;
  }
}

function setText(range: ByteRange, value: number): ByteRange {
  range.bytes = fromLatin1(String(value));
  range.start = 0;
  range.length = range.bytes.length;
  return range;
}
