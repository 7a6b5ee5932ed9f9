/**
 * Reads the elements of the RDB format. Every read is checked: what is not there is an {@link RdbError} that tells where.
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
/** What a buffer can hold. */
const LONGEST_ELEMENT = 2 ** 32 - 2 ** 21;

const EMPTY = new Uint8Array(0);
/** Strings that were compressed share memory of this size. */
const DECOMPRESSED_BYTES = 2 ** 16;
/** A file is read in pieces of about this size. */
const PIECE_BYTES = 2 ** 20;

/** Reads from bytes in memory, or from a file piece by piece. */
export class RdbReader {
  /** Sums up what has been read; see {@link sum}. */
  readonly #checksum = new Crc64();
  #bytes: Uint8Array;
  #at: number;
  #end: number;
  /** Up to here bytes are summed up. */
  #summed: number;
  /** Offset in the file of the first byte in memory. */
  #base = 0;
  /** Where strings go that were compressed; full memory is not used again, so that ranges keep their meaning. */
  #decompressed: Uint8Array = EMPTY;
  #decompressedLength = 0;
  readonly #read: ((buffer: Uint8Array) => number) | undefined;

  /**
   * Reads the bytes from `start` to `end`, and then what `read` puts into buffers: it returns how much, 0 at the end. It is asked for
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

  /** Reads what `read` puts into buffers. */
  static ofFile(read: (buffer: Uint8Array) => number): RdbReader {
    return new RdbReader(new Uint8Array(0), 0, 0, read);
  }

  /** Where the next element stands. */
  get position(): number {
    return this.#base + this.#at;
  }

  /** Whether everything has been read; of a file, everything in memory. */
  get isAtEnd(): boolean {
    return this.#at === this.#end;
  }

  /** The bytes in memory that were not read. */
  get rest(): Uint8Array {
    return this.#bytes.subarray(this.#at, this.#end);
  }

  /** The checksum of everything read so far. */
  sum(): Crc64 {
    this.#checksum.update(this.#bytes, this.#summed, this.#at - this.#summed);
    this.#summed = this.#at;
    return this.#checksum;
  }

  /** An error about what stands here. */
  error(what: string): RdbError {
    return new RdbError(`${what} at offset ${this.position}`);
  }

  /** The error about a value that ends here and has no elements. */
  emptyValue(): EmptyValueError {
    return new EmptyValueError(`Empty key at offset ${this.position}`);
  }

  /** A byte. */
  byte(): number {
    const at = this.#take(1);
    return this.#bytes[at];
  }

  /** `length` bytes as they are. The range keeps its meaning. */
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

  /** A string. The range keeps its meaning. */
  string(): ByteRange {
    return this.stringInto({ bytes: EMPTY, start: 0, length: 0 });
  }

  /** As {@link string}, in a range that the caller has. */
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

  /** A double as text, as old sorted sets keep it. */
  textDouble(): number {
    const length = this.byte();
    if (length === 253) return NaN;
    if (length === 254) return Infinity;
    if (length === 255) return -Infinity;
    const { bytes, start } = this.raw(length);
    const text = String.fromCharCode(...bytes.subarray(start, start + length));
    return text.trim() === "" ? NaN : Number(text);
  }

  /** A signed whole number of eight bytes, least significant first; rounded beyond 2^53, but never to one of more bytes. */
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

  /** A length; or, negated bit by bit, the form of a string that is no plain one. */
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

  /** Moves on by `length` bytes, which must be there; returns where they start. */
  #take(length: number): number {
    if (!(length <= this.#end - this.#at)) this.#refill(length);
    const at = this.#at;
    this.#at += length;
    return at;
  }

  /** Reads until `length` bytes are in memory. They go to a new buffer, so ranges of the old one stay good. */
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
      // A damaged length may ask for anything: memory grows with what is really there.
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
