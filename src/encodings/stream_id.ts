/**
 * Ids of stream entries: two unsigned 64-bit integers, milliseconds and a sequence number, written `1700000000000-0`.
 *
 * Four 32-bit words each, because doubles lose digits past 2^53 and big integers cost an allocation for every step.
 *
 * @module
 */
import type { Arena } from "../arena/arena.ts";
import { type Address, VIEW_MASK, VIEW_SHIFT } from "../arena/memory.ts";
import { fromLatin1, latin1 } from "../lib/bytes.ts";
import { writeInteger } from "../lib/integer.ts";

const WORD = 2 ** 32;
const LAST_WORD = WORD - 1;
/** Longest id as text. */
const TEXT_BYTES = 41;

const scratch = new Uint8Array(TEXT_BYTES);

/** An id that can be changed. */
export class StreamId {
  constructor(
    public msHigh = 0,
    public msLow = 0,
    public seqHigh = 0,
    public seqLow = 0,
  ) {}

  /** The largest id there is. */
  static max(): StreamId {
    return new StreamId(LAST_WORD, LAST_WORD, LAST_WORD, LAST_WORD);
  }

  /** Makes this id the same as another. */
  copyFrom(other: StreamId): this {
    return this.set(other.msHigh, other.msLow, other.seqHigh, other.seqLow);
  }

  /** Another id with the same value. */
  clone(): StreamId {
    return new StreamId(this.msHigh, this.msLow, this.seqHigh, this.seqLow);
  }

  /** Sets all four words. */
  set(msHigh: number, msLow: number, seqHigh: number, seqLow: number): this {
    this.msHigh = msHigh;
    this.msLow = msLow;
    this.seqHigh = seqHigh;
    this.seqLow = seqLow;
    return this;
  }

  /** Sets the milliseconds, which must be below 2^53, and the sequence number 0. */
  setTime(ms: number): this {
    return this.set(Math.floor(ms / WORD), ms >>> 0, 0, 0);
  }

  /** Whether it is 0-0. */
  get isZero(): boolean {
    return (this.msHigh | this.msLow | this.seqHigh | this.seqLow) === 0;
  }

  /** Whether it is the largest id. */
  get isMax(): boolean {
    return this.hasMaxSequence && this.msHigh === LAST_WORD && this.msLow === LAST_WORD;
  }

  /** Whether no larger id has the same milliseconds. */
  get hasMaxSequence(): boolean {
    return this.seqHigh === LAST_WORD && this.seqLow === LAST_WORD;
  }

  /** Whether the milliseconds are the same. */
  isSameTime(other: StreamId): boolean {
    return this.msHigh === other.msHigh && this.msLow === other.msLow;
  }

  /** Below zero if this comes before the other, above zero if behind, zero if they are the same. */
  compare(other: StreamId): number {
    return this.msHigh - other.msHigh || this.msLow - other.msLow ||
      this.seqHigh - other.seqHigh || this.seqLow - other.seqLow;
  }

  /** Makes it the next id; false if there is none. */
  increment(): boolean {
    if (this.isMax) return false;
    if (this.seqLow !== LAST_WORD) this.seqLow++;
    else {
      this.seqLow = 0;
      if (this.seqHigh !== LAST_WORD) this.seqHigh++;
      else {
        this.seqHigh = 0;
        if (this.msLow !== LAST_WORD) this.msLow++;
        else {
          this.msLow = 0;
          this.msHigh++;
        }
      }
    }
    return true;
  }

  /** Makes it the id before; false if there is none. */
  decrement(): boolean {
    if (this.isZero) return false;
    if (this.seqLow !== 0) this.seqLow--;
    else {
      this.seqLow = LAST_WORD;
      if (this.seqHigh !== 0) this.seqHigh--;
      else {
        this.seqHigh = LAST_WORD;
        if (this.msLow !== 0) this.msLow--;
        else {
          this.msLow = LAST_WORD;
          this.msHigh--;
        }
      }
    }
    return true;
  }

  /** Reads it from a block, from word `word` on. */
  load(arena: Arena, block: Address, word: number): this {
    const words = arena.u32[block >>> VIEW_SHIFT];
    const at = ((block & VIEW_MASK) << 1) + word;
    return this.set(words[at], words[at + 1], words[at + 2], words[at + 3]);
  }

  /** Writes it into a block, from word `word` on. */
  store(arena: Arena, block: Address, word: number): void {
    const words = arena.u32[block >>> VIEW_SHIFT];
    const at = ((block & VIEW_MASK) << 1) + word;
    words[at] = this.msHigh;
    words[at + 1] = this.msLow;
    words[at + 2] = this.seqHigh;
    words[at + 3] = this.seqLow;
  }

  /** Its 16 bytes, most significant first: the key of a stream's node in an RDB file. */
  toBytes(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(16);
    const view = new DataView(bytes.buffer);
    [this.msHigh, this.msLow, this.seqHigh, this.seqLow]
      .forEach((word, i) => view.setUint32(4 * i, word));
    return bytes;
  }

  /** Reads what {@link toBytes} writes. */
  static fromBytes(bytes: Uint8Array, start: number): StreamId {
    const view = new DataView(bytes.buffer, bytes.byteOffset + start, 16);
    return new StreamId(
      view.getUint32(0),
      view.getUint32(4),
      view.getUint32(8),
      view.getUint32(12),
    );
  }

  /** Writes it as text at `at`, where there must be room for 41 bytes; returns the index behind it. */
  write(bytes: Uint8Array, at: number): number {
    const dash = writeUint64(bytes, at, this.msHigh, this.msLow);
    bytes[dash] = 0x2d;
    return writeUint64(bytes, dash + 1, this.seqHigh, this.seqLow);
  }

  toString(): string {
    return latin1(scratch, 0, this.write(scratch, 0));
  }
}

/**
 * Compares the id in words `word` to `word + 3` of a block with another one: below zero if it comes before, above zero if behind, zero if
 * they are the same.
 */
export function compareStored(
  arena: Arena,
  block: Address,
  word: number,
  other: StreamId,
): number {
  return arena.load(block, word) - other.msHigh || arena.load(block, word + 1) - other.msLow ||
    arena.load(block, word + 2) - other.seqHigh || arena.load(block, word + 3) - other.seqLow;
}

/** Writes an unsigned 64-bit integer in decimal. */
function writeUint64(bytes: Uint8Array, at: number, high: number, low: number): number {
  if (high < 2 ** 21) return writeInteger(bytes, at, high * WORD + low);
  const text = (BigInt(high) << 32n | BigInt(low)).toString();
  bytes.set(fromLatin1(text), at);
  return at + text.length;
}
