/**
 * Writes the elements of the RDB format: lengths, strings, numbers.
 *
 * @module
 */
import type { ByteRange } from "../lib/bytes.ts";
import { copyBytes } from "../lib/bytes.ts";
import { parseInteger } from "../lib/integer.ts";
import { StringForm } from "./format.ts";
import { compress } from "./lzf.ts";

const FIRST_BYTES = 4096;
const LONGEST_INTEGER_TEXT = 11;
const SHORTEST_COMPRESSED = 20;
const WORD = 2 ** 32;

/** Collects bytes. */
export class RdbWriter {
  /** Whether long strings are compressed (`rdbcompression`). */
  compresses = true;
  #bytes = new Uint8Array(FIRST_BYTES);
  #length = 0;

  /** What was written so far. The next write may change this memory. */
  get written(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
  }

  /** Writes the low 8 bits of a number. */
  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  /** Writes bytes as they are. */
  raw(bytes: Uint8Array, start: number, length: number): void {
    this.#reserve(length);
    copyBytes(bytes, start, this.#bytes, this.#length, length);
    this.#length += length;
  }

  /** Writes a length below 2^53. */
  length(value: number): void {
    if (value < 64) this.byte(value);
    else if (value < 16384) {
      this.byte(0x40 | value >> 8);
      this.byte(value);
    } else if (value < WORD) {
      this.byte(0x80);
      this.#bigEndian(value);
    } else this.length64(Math.floor(value / WORD), value >>> 0);
  }

  /** Writes a length of 64 bits, given in two words. */
  length64(high: number, low: number): void {
    if (high === 0) return this.length(low);
    this.byte(0x81);
    this.#bigEndian(high);
    this.#bigEndian(low);
  }

  /** Writes a string: as an integer if it spells a small one, compressed if that is shorter. */
  string({ bytes, start, length }: ByteRange): void {
    if (length <= LONGEST_INTEGER_TEXT) {
      const value = parseInteger(bytes, start, length);
      // "-0" is no problem: parseInteger does not accept it.
      if (value >= -(2 ** 31) && value < 2 ** 31) return this.#integerString(value);
    }
    if (this.compresses && length > SHORTEST_COMPRESSED) {
      const compressed = compress(bytes, start, length);
      if (compressed !== undefined) {
        this.byte(0xc0 | StringForm.Lzf);
        this.length(compressed.length);
        this.length(length);
        return this.raw(compressed, 0, compressed.length);
      }
    }
    this.length(length);
    this.raw(bytes, start, length);
  }

  /** Writes all of `bytes` as a string. */
  stringOf(bytes: Uint8Array): void {
    this.string({ bytes, start: 0, length: bytes.length });
  }

  /** Writes a double in eight bytes. */
  double(value: number): void {
    this.#reserve(8);
    new DataView(this.#bytes.buffer).setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  /** Writes a whole number, such as a time in milliseconds, in eight bytes, least significant first. */
  int64(value: number): void {
    this.littleEndian(value >>> 0, 4);
    this.littleEndian(Math.floor(value / WORD), 4);
  }

  /** Writes an integer in `bytes` bytes (at most four), least significant first. */
  littleEndian(value: number, bytes: number): void {
    for (let i = 0; i < bytes; i++) this.byte(value >> 8 * i);
  }

  #integerString(value: number): void {
    const [form, bytes] = value >= -128 && value < 128
      ? [StringForm.Int8, 1]
      : value >= -(2 ** 15) && value < 2 ** 15
      ? [StringForm.Int16, 2]
      : [StringForm.Int32, 4];
    this.byte(0xc0 | form);
    this.littleEndian(value, bytes);
  }

  #bigEndian(word: number): void {
    for (let shift = 24; shift >= 0; shift -= 8) this.byte(word >>> shift);
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const bytes = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    bytes.set(this.written);
    this.#bytes = bytes;
  }
}
