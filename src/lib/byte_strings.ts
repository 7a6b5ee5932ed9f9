/**
 * Byte strings in memory of their own: many of them in one piece, or one copy that its owner cannot move.
 *
 * @module
 */
import { type ByteRange, copyBytes } from "./bytes.ts";

const FIRST_BYTES = 256;
const FIRST_COUNT = 16;
/** Six bytes make a number that a double holds exactly. */
const KEY_BYTES = 6;

/** Strings that are added one by one and found by number. No string costs an object. */
export class ByteStrings {
  #bytes = new Uint8Array(FIRST_BYTES);
  /** Where each string ends. */
  #ends = new Uint32Array(FIRST_COUNT);
  #count = 0;
  #length = 0;
  readonly #range: ByteRange = { bytes: this.#bytes, start: 0, length: 0 };

  get count(): number {
    return this.#count;
  }

  add({ bytes, start, length }: ByteRange): void {
    const needed = this.#length + length;
    if (needed > this.#bytes.length) this.#bytes = enlarged(this.#bytes, needed);
    if (this.#count === this.#ends.length) {
      const ends = new Uint32Array(this.#count * 2);
      ends.set(this.#ends);
      this.#ends = ends;
    }
    copyBytes(bytes, start, this.#bytes, this.#length, length);
    this.#length = needed;
    this.#ends[this.#count++] = needed;
  }

  /** String number `index`, in an object that the next call reuses. */
  at(index: number): ByteRange {
    const range = this.#range;
    range.bytes = this.#bytes;
    range.start = index === 0 ? 0 : this.#ends[index - 1];
    range.length = this.#ends[index] - range.start;
    return range;
  }

  /**
   * A number for each string: the six bytes behind the prefix that all strings share. The numbers are in the order of the bytes, so only
   * strings with the same number need be compared.
   */
  keys(): Float64Array {
    const skipped = this.#commonPrefix();
    const keys = new Float64Array(this.#count);
    for (let i = 0, start = 0; i < this.#count; start = this.#ends[i++]) {
      const end = this.#ends[i];
      let key = 0;
      for (let at = start + skipped, n = 0; n < KEY_BYTES; n++, at++) {
        key = key * 256 + (at < end ? this.#bytes[at] : 0);
      }
      keys[i] = key;
    }
    return keys;
  }

  /** Length of the prefix that all strings share. */
  #commonPrefix(): number {
    const bytes = this.#bytes;
    let common = this.#ends[0];
    for (let i = 1; i < this.#count; i++) {
      const start = this.#ends[i - 1];
      common = Math.min(common, this.#ends[i] - start);
      for (let at = 0; at < common; at++) if (bytes[start + at] !== bytes[at]) common = at;
    }
    return common;
  }

  /** Below zero if string `a` comes before string `b` in the order of bytes, above zero if behind, zero if they are the same. */
  compare(a: number, b: number): number {
    const bytes = this.#bytes;
    const ends = this.#ends;
    let atA = a === 0 ? 0 : ends[a - 1];
    let atB = b === 0 ? 0 : ends[b - 1];
    const endA = ends[a];
    const endB = ends[b];
    for (; atA < endA && atB < endB; atA++, atB++) {
      const difference = bytes[atA] - bytes[atB];
      if (difference !== 0) return difference;
    }
    return endA - atA - (endB - atB);
  }
}

/** Holds a copy of bytes whose owner may move or overwrite them, such as bytes of the arena before an allocation. The next copy replaces it. */
export class HeldBytes {
  readonly #range: ByteRange = { bytes: new Uint8Array(FIRST_BYTES), start: 0, length: 0 };

  /** Copies bytes; returns where the copy is. */
  hold({ bytes, start, length }: ByteRange): ByteRange {
    const range = this.#range;
    if (length > range.bytes.length) range.bytes = new Uint8Array(2 * length);
    copyBytes(bytes, start, range.bytes, 0, length);
    range.length = length;
    return range;
  }
}

function enlarged(bytes: Uint8Array, needed: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.max(needed, 2 * bytes.length));
  larger.set(bytes);
  return larger;
}
