/**
 * Many byte strings in one piece of memory, and one byte string out of its owner's reach.
 *
 * @module
 */
import { type ByteRange, copyBytes } from "./bytes.ts";

const FIRST_BYTES = 256;
const FIRST_COUNT = 16;
/** So many bytes make a number that a double holds exactly. */
const KEY_BYTES = 6;

/** Strings that are added one by one and found by number; no object for any of them. */
export class ByteStrings {
  #bytes = new Uint8Array(FIRST_BYTES);
  /** Where each string ends. */
  #ends = new Uint32Array(FIRST_COUNT);
  #count = 0;
  #length = 0;
  readonly #range: ByteRange = { bytes: this.#bytes, start: 0, length: 0 };

  /** How many there are. */
  get count(): number {
    return this.#count;
  }

  /** Adds a copy of a string. */
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
   * For each string a number that grows with its place in the order of bytes, so that only those with the same number need be compared: the six
   * bytes behind what all strings begin with.
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

  /** How many bytes all strings begin with. */
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

/** A copy of bytes that its owner may move or overwrite: of the arena's, before something is allocated there. The next copy takes its place. */
export class HeldBytes {
  readonly #range: ByteRange = { bytes: new Uint8Array(FIRST_BYTES), start: 0, length: 0 };

  /** Holds bytes; returns where they are now. */
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
