/**
 * Reads the elements of the RDB format. Every read is checked: what is not there is an {@link RdbError} that tells where.
 *
 * @module
 */
import type { ByteRange } from "../lib/bytes.ts";
import { fromLatin1 } from "../lib/bytes.ts";
import { RdbError, StringForm } from "./format.ts";
import { decompress } from "./lzf.ts";

const WORD = 2 ** 32;

/** A length, or the form of a string that is no plain one. */
interface Length {
  readonly value: number;
  readonly isForm: boolean;
}

/** Reads from bytes in memory. */
export class RdbReader {
  #at: number;

  constructor(
    private readonly bytes: Uint8Array,
    start: number,
    private readonly end: number,
  ) {
    this.#at = start;
  }

  /** Where the next element stands. */
  get position(): number {
    return this.#at;
  }

  /** Whether everything has been read. */
  get isAtEnd(): boolean {
    return this.#at === this.end;
  }

  /** An error about what stands here. */
  error(what: string): RdbError {
    return new RdbError(`${what} at offset ${this.#at}`);
  }

  /** A byte. */
  byte(): number {
    return this.bytes[this.#take(1)];
  }

  /** `length` bytes as they are. The range keeps its meaning. */
  raw(length: number): ByteRange {
    return { bytes: this.bytes, start: this.#take(length), length };
  }

  /** A length; rounded beyond 2^53. */
  length(): number {
    const { value, isForm } = this.#length();
    if (isForm) throw this.error("Cannot read a length");
    return value;
  }

  /** A length of 64 bits, in two words. */
  length64(): [number, number] {
    if (this.bytes[this.#at] === 0x81) {
      this.byte();
      return [this.#bigEndian(), this.#bigEndian()];
    }
    return [0, this.length()];
  }

  /** A string. The range keeps its meaning. */
  string(): ByteRange {
    const { value, isForm } = this.#length();
    if (!isForm) return this.raw(value);
    switch (value) {
      case StringForm.Int8:
        return textRange(this.byte() << 24 >> 24);
      case StringForm.Int16:
        return textRange(this.littleEndian(2) << 16 >> 16);
      case StringForm.Int32:
        return textRange(this.littleEndian(4) | 0);
      case StringForm.Lzf: {
        const compressed = this.length();
        const size = this.length();
        const at = this.#take(compressed);
        const bytes = decompress(this.bytes, at, compressed, size);
        if (bytes === undefined) throw this.error("Cannot decompress a string");
        return { bytes, start: 0, length: size };
      }
      default:
        throw this.error(`Cannot read a string of form ${value}`);
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

  /** A signed whole number of eight bytes, least significant first; rounded beyond 2^53. */
  int64(): number {
    return Number(this.#view(8).getBigInt64(0, true));
  }

  /** An unsigned integer of up to four bytes, least significant first. */
  littleEndian(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) value += this.byte() * 2 ** (8 * i);
    return value;
  }

  #length(): Length {
    const first = this.byte();
    switch (first >> 6) {
      case 0:
        return { value: first, isForm: false };
      case 1:
        return { value: (first & 0x3f) << 8 | this.byte(), isForm: false };
      case 3:
        return { value: first & 0x3f, isForm: true };
    }
    if (first === 0x80) return { value: this.#bigEndian(), isForm: false };
    if (first === 0x81) {
      const high = this.#bigEndian();
      return { value: high * WORD + this.#bigEndian(), isForm: false };
    }
    throw this.error(`Cannot read a length that begins with ${first}`);
  }

  #bigEndian(): number {
    return this.#view(4).getUint32(0);
  }

  #view(length: number): DataView {
    return new DataView(this.bytes.buffer, this.bytes.byteOffset + this.#take(length), length);
  }

  /** Moves on by `length` bytes, which must be there; returns where they start. */
  #take(length: number): number {
    const at = this.#at;
    if (!(length <= this.end - at)) throw this.error(`Cannot read ${length} bytes`);
    this.#at += length;
    return at;
  }
}

function textRange(value: number): ByteRange {
  const bytes = fromLatin1(String(value));
  return { bytes, start: 0, length: bytes.length };
}
