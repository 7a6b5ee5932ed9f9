/**
 * The arguments of one request: ranges of one buffer, so that reading a request makes no objects.
 *
 * @module
 */
import { type ByteRange, cText, latin1, spells } from "../lib/bytes.ts";
import { parseBigInt64, parseInteger } from "../lib/integer.ts";

const FIRST_CAPACITY = 16;
const KEPT_CAPACITY = 1024;

/** Consecutive arguments of a request. */
export interface ArgumentWords {
  readonly args: Arguments;
  /** Index of the first argument. */
  first: number;
  /** Index behind the last argument. */
  end: number;
}

/** A request's arguments; number 0 is the command's name. Valid while the request runs. */
export class Arguments {
  /**
   * Makes {@link starts} and {@link lengths}. From {@link count} on they hold what an earlier request left there, and nothing checks that
   * nobody reads it. Tests put a function here whose arrays refuse such reads.
   */
  static makeRanges: (capacity: number, owner: Arguments) => Int32Array<ArrayBuffer> = (capacity) =>
    new Int32Array(capacity);

  /** The memory that all arguments lie in. */
  bytes: Uint8Array = new Uint8Array(0);
  /** Index in {@link bytes} where each argument starts. */
  starts: Int32Array<ArrayBuffer> = Arguments.makeRanges(FIRST_CAPACITY, this);
  /** Length of each argument. */
  lengths: Int32Array<ArrayBuffer> = Arguments.makeRanges(FIRST_CAPACITY, this);
  count = 0;
  /** Upper-case words that {@link is} does not know, because the server is taken for an older one. */
  unknownWords: ReadonlySet<string> | undefined = undefined;
  #words: ArgumentWords | undefined;

  /** Memory of the ranges, in bytes; 0 while it is small. */
  get memoryBytes(): number {
    return this.starts.length > FIRST_CAPACITY ? this.starts.byteLength * 2 : 0;
  }

  /** Sum of the lengths of all arguments, in bytes. */
  get totalBytes(): number {
    let total = 0;
    for (let i = 0; i < this.count; i++) total += this.lengths[i];
    return total;
  }

  /** Length of the longest argument, in bytes. */
  get longestBytes(): number {
    let longest = 0;
    for (let i = 0; i < this.count; i++) longest = Math.max(longest, this.lengths[i]);
    return longest;
  }

  /** Bytes from the first argument to the end of the last, which is at least the sum of their lengths. */
  get spannedBytes(): number {
    const last = this.count - 1;
    return last < 0 ? 0 : this.starts[last] + this.lengths[last] - this.starts[0];
  }

  reset(): void {
    this.count = 0;
    if (this.starts.length > KEPT_CAPACITY) {
      this.starts = Arguments.makeRanges(FIRST_CAPACITY, this);
      this.lengths = Arguments.makeRanges(FIRST_CAPACITY, this);
    }
  }

  /** Adds an argument at the end. */
  push(start: number, length: number): void {
    if (this.count === this.starts.length) this.#grow();
    this.starts[this.count] = start;
    this.lengths[this.count++] = length;
  }

  /** Makes these words the arguments, for callers that have no query buffer. */
  assign(words: readonly Uint8Array[]): void {
    this.reset();
    let total = 0;
    for (const word of words) total += word.length;
    this.bytes = new Uint8Array(total);
    let at = 0;
    for (const word of words) {
      this.bytes.set(word, at);
      this.push(at, word.length);
      at += word.length;
    }
  }

  /** The same arguments in memory of their own. */
  clone(): Arguments {
    const copy = new Arguments();
    copy.assign(Array.from({ length: this.count }, (_, i) => this.copy(i)));
    return copy;
  }

  /** The arguments from `first` on, as a request of their own in the same memory. */
  tail(first: number): Arguments {
    const tail = new Arguments();
    tail.bytes = this.bytes;
    for (let i = first; i < this.count; i++) tail.push(this.starts[i], this.lengths[i]);
    return tail;
  }

  /** Moves the arguments into memory of their own, so that they stay valid. */
  detach(): void {
    const copy = this.clone();
    this.bytes = copy.bytes;
    for (let i = 0; i < this.count; i++) this.starts[i] = copy.starts[i];
  }

  /** Adjusts the ranges after the buffer's contents have moved down by `distance`. */
  moveDown(distance: number): void {
    for (let i = 0; i < this.count; i++) this.starts[i] -= distance;
  }

  /** Argument `i` as text, a character for each byte. */
  text(i: number): string {
    return latin1(this.bytes, this.starts[i], this.lengths[i]);
  }

  /** As {@link text}, up to a NUL byte, as Redis 7.2 shows arguments in its errors. */
  cText(i: number): string {
    return cText(this.text(i));
  }

  /** As {@link cText}, but at most `limit` bytes. */
  quoted(i: number, limit = 128): string {
    return cText(latin1(this.bytes, this.starts[i], Math.min(this.lengths[i], limit)));
  }

  /** All arguments from `first` on as texts. */
  texts(first = 0): string[] {
    return Array.from({ length: this.count - first }, (_, i) => this.text(first + i));
  }

  /** Sets `range` to that of argument `i`, and returns it. */
  point(range: ByteRange, i: number): ByteRange {
    range.bytes = this.bytes;
    range.start = this.starts[i];
    range.length = this.lengths[i];
    return range;
  }

  /** The arguments from `first` to `end`, which is not among them, unchanged, for another request. The next call overwrites the object. */
  words(first: number, end: number = this.count): ArgumentWords {
    const words = this.#words ??= { args: this, first, end };
    words.first = first;
    words.end = end;
    return words;
  }

  /** A copy of argument `i`. */
  copy(i: number): Uint8Array<ArrayBuffer> {
    const start = this.starts[i];
    return this.bytes.slice(start, start + this.lengths[i]) as Uint8Array<ArrayBuffer>;
  }

  /** Whether argument `i` is `word`, an upper-case ASCII word, in any case. */
  is(i: number, word: string): boolean {
    return spells(this.bytes, this.starts[i], this.lengths[i], word) &&
      (this.unknownWords === undefined || !this.unknownWords.has(word));
  }

  /** Whether arguments `i` and `j` are the same bytes. */
  same(i: number, j: number): boolean {
    const length = this.lengths[i];
    if (length !== this.lengths[j]) return false;
    const a = this.starts[i];
    const b = this.starts[j];
    for (let at = 0; at < length; at++) {
      if (this.bytes[a + at] !== this.bytes[b + at]) return false;
    }
    return true;
  }

  /**
   * Argument `i` as a 64-bit integer, or NaN if it is none. Beyond 2^53 the result is rounded, which is exact enough to compare with a
   * limit; where the last digit counts, use {@link int64}.
   */
  integer(i: number): number {
    return parseInteger(this.bytes, this.starts[i], this.lengths[i]);
  }

  /** Argument `i` as an exact 64-bit integer, or undefined if it is none. */
  int64(i: number): bigint | undefined {
    return parseBigInt64(this.bytes, this.starts[i], this.lengths[i]);
  }

  #grow(): void {
    this.starts = this.#doubled(this.starts);
    this.lengths = this.#doubled(this.lengths);
  }

  #doubled(ranges: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
    const doubled = Arguments.makeRanges(ranges.length * 2, this);
    for (let i = 0; i < this.count; i++) doubled[i] = ranges[i];
    return doubled;
  }
}
