/**
 * Cuts the bytes that a client sends into requests: RESP arrays of bulk strings, or inline commands (a line of words).
 *
 *     *<count>\r\n  then <count> times  $<length>\r\n<bytes>\r\n
 *
 * The reader owns the client's query buffer. It can resume at any byte and looks at each byte once, however a request is split. It copies
 * an argument of 512 MB a few times at most: the buffer grows to the length that was promised, but never to more than 128 times what has
 * come. Arguments are ranges of the query buffer; nothing is allocated for a request.
 *
 * A client nearly always has a read in flight, into memory that cannot be taken back before something comes. So the buffer that is lent to
 * a read between requests is small. A large buffer is put aside meanwhile; the next large request uses it again, and if none comes for a
 * second or two it is given back.
 *
 * What is accepted and what each error says follows Redis 7.2, oddities included: the two bytes behind a bulk string are skipped unseen, a
 * count of zero or less is an empty request, numbers have no leading zeros, and a line that holds a NUL never ends.
 *
 * @module
 */
import { parseInteger } from "../lib/integer.ts";
import { CHECKS_INVARIANTS, poison } from "../lib/invariant.ts";
import { splitWords } from "../lib/quoted_words.ts";
import { Arguments } from "./arguments.ts";

/** What {@link RequestReader.next} found. */
export const ReadResult = {
  /** The request is not complete: more bytes are needed. */
  More: 0,
  /** {@link RequestReader.args} holds a request. */
  Request: 1,
  /** The bytes are no RESP: {@link RequestReader.error} says why, and nothing more can be read. */
  Error: 2,
} as const;

const SMALL_BUFFER = 4096;
/** Most bytes that are lent to a read between requests, unless the last requests needed more. */
const MEDIUM_BUFFER = 16384;
/** Longest buffer that is lent between requests, and longest one that is not needed for a single large request. */
const LARGE_BUFFER = 65536;
/** The buffer grows up to this size to hold several values at once. */
const ROOMY_BUFFER = 512 * 1024;
/** Larger buffers are not kept for the next large request. */
const LARGEST_SPARE = 2 ** 20;
/** How many times larger a buffer may become at once when a request needs it. */
const GROWTH = 128;
const READS_BEFORE_SHRINKING = 256;
const READS_BEFORE_LENDING_LESS = 16;
const MAX_LINE = 65536;
/** Up to this many bytes a loop finds the end of a line sooner than a call of `indexOf`. */
const NEAR = 64;
const MAX_ARGUMENTS = 2 ** 31 - 1;
const MAX_ARGUMENTS_UNAUTHENTICATED = 10;
const MAX_BULK_UNAUTHENTICATED = 16384;

const CR = 0x0d;
const LF = 0x0a;
const ASTERISK = 0x2a;
const DOUBLE_QUOTE = 0x22;
const SINGLE_QUOTE = 0x27;
const DOLLAR = 0x24;

const NOT_YET = -2;
const CHECKS = CHECKS_INVARIANTS;

/** Reads requests; one for each client. */
export class RequestReader {
  /** The arguments of the request just read, valid until the next call of any method. */
  readonly args: Arguments = new Arguments();
  /** After {@link ReadResult.Error}: the reason, as Redis words it. */
  error = "";
  /** Longest bulk string that is accepted (`proto-max-bulk-len`). */
  maxBulkBytes: number = 512 * 1024 * 1024;
  /** Bytes received since its user last set it to zero. */
  receivedBytes = 0;
  /** Whether the client has authenticated; before that, requests must be small. */
  isAuthenticated = true;
  #buffer = new Uint8Array(SMALL_BUFFER);
  /** A large buffer, put aside for the next large request. */
  #spare: Uint8Array<ArrayBuffer> | undefined = undefined;
  #spareWasUsed = false;
  /** Whether a read into the buffer is in flight. */
  #isLent = false;
  #position = 0;
  #end = 0;
  /** Bytes that were read before the first one of the buffer. */
  #droppedBytes = 0;
  #requestStart = 0;
  #readsSinceLarge = 0;
  /** Arguments still to come in the request being read; 0 between requests. */
  #argumentsLeft = 0;
  /** Length of the bulk string being read, or {@link NOT_YET}. */
  #bulkLength = NOT_YET;
  /** Whether {@link next} is to hand out the request in {@link args} again. */
  #isPutBack = false;

  /** Bytes in the query buffer that are not arguments yet, with those of the request that runs: `qbuf` of CLIENT LIST. */
  get queryBytes(): number {
    return this.#end - (this.#argumentsLeft > 0 ? this.#position : this.#requestStart);
  }

  /** As {@link queryBytes}, with the arguments that have come of an incomplete request. */
  get requestBytes(): number {
    const hasArguments = this.#argumentsLeft > 0 && this.args.count > 0;
    return this.#end - (hasArguments ? this.args.starts[0] : this.#requestStart);
  }

  /** Bytes of all requests up to the one that was handed out last, from the client's first byte on. */
  get consumedBytes(): number {
    return this.#droppedBytes + this.#position;
  }

  /** Whether there are bytes behind the request that was handed out last. */
  get hasMore(): boolean {
    return this.#position < this.#end;
  }

  /** Size of the query buffer, with what is kept for large requests. */
  get bufferBytes(): number {
    return this.#buffer.length + (this.#spare?.length ?? 0);
  }

  /** Memory of buffers and arguments, in bytes. */
  get memoryBytes(): number {
    const putBackBytes = this.#isPutBack ? this.args.bytes.length : 0;
    return this.bufferBytes + this.args.memoryBytes + putBackBytes;
  }

  /** The free part of the query buffer, to read into. Call {@link accept} when the read is over. */
  freeSpace(): Uint8Array<ArrayBuffer> {
    this.prepare();
    this.#isLent = true;
    return this.#end === 0 ? this.#buffer : this.#buffer.subarray(this.#end);
  }

  /** Takes note of `count` bytes read into {@link freeSpace}. */
  accept(count: number): void {
    this.#isLent = false;
    this.#end += count;
    this.receivedBytes += count;
  }

  /** Gives the buffer the size that the next read needs, unless a read is in flight. Arguments that were handed out move. */
  prepare(): void {
    if (!this.#isLent) this.#makeSpace();
  }

  /** Gives back memory that no request has needed since the last call. */
  giveBack(): void {
    if (!this.#spareWasUsed) this.#spare = undefined;
    this.#spareWasUsed = false;
  }

  /** Adds bytes by copying them: for sources that bring their own memory. */
  append(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const space = this.freeSpace();
      const part = bytes.subarray(at, at + space.length);
      space.set(part);
      this.accept(part.length);
      at += part.length;
    }
  }

  /** Takes back the request that was handed out last; {@link next} will hand it out again. Bytes may be accepted meanwhile. */
  putBack(): void {
    // It moves to memory of its own, because its place in the query buffer may be needed.
    this.args.detach();
    this.#isPutBack = true;
  }

  /** Reads the next request. */
  next(): number {
    if (this.#argumentsLeft === 0) {
      if (this.#isPutBack) {
        this.#isPutBack = false;
        return ReadResult.Request;
      }
      this.args.reset();
      if (CHECKS) poison(this.#buffer, this.#requestStart, this.#position);
      this.#requestStart = this.#position;
      if (this.#position === this.#end) return ReadResult.More;
      if (this.#buffer[this.#position] !== ASTERISK) return this.#readInline();
      const count = this.#readNumber("mbulk count");
      if (count === NOT_YET) return ReadResult.More;
      if (this.error !== "") return ReadResult.Error;
      if (Number.isNaN(count) || count > MAX_ARGUMENTS) {
        return this.#fail("invalid multibulk length");
      }
      if (count > MAX_ARGUMENTS_UNAUTHENTICATED && !this.isAuthenticated) {
        return this.#fail("unauthenticated multibulk length");
      }
      if (count <= 0) return ReadResult.Request;
      this.#argumentsLeft = count;
      this.args.bytes = this.#buffer;
    }
    return this.#readArguments();
  }

  #readArguments(): number {
    while (this.#argumentsLeft > 0) {
      if (this.#bulkLength === NOT_YET) {
        if (this.#position === this.#end) return ReadResult.More;
        const first = this.#buffer[this.#position];
        const length = this.#readNumber("bulk count");
        if (length === NOT_YET) return ReadResult.More;
        if (this.error !== "") return ReadResult.Error;
        if (first !== DOLLAR) {
          return this.#fail(`expected '$', got '${printable(first)}'`);
        }
        if (!(length >= 0 && length <= this.maxBulkBytes)) {
          return this.#fail("invalid bulk length");
        }
        if (length > MAX_BULK_UNAUTHENTICATED && !this.isAuthenticated) {
          return this.#fail("unauthenticated bulk length");
        }
        this.#bulkLength = length;
      }
      if (this.#end - this.#position < this.#bulkLength + 2) return ReadResult.More;
      this.args.push(this.#position, this.#bulkLength);
      this.#position += this.#bulkLength + 2;
      this.#bulkLength = NOT_YET;
      this.#argumentsLeft--;
    }
    return ReadResult.Request;
  }

  /** Reads a line of one letter and a number, which may be NaN. */
  #readNumber(what: string): number {
    const buffer = this.#buffer;
    const start = this.#position + 1;
    // In the common case the number has one to three digits and the whole line is here.
    let at = start;
    let value = 0;
    let byte = at < this.#end ? buffer[at] : 0;
    while (byte >= 0x30 && byte <= 0x39 && at < start + 9) {
      value = value * 10 + byte - 0x30;
      byte = ++at < this.#end ? buffer[at] : 0;
    }
    if (byte === CR && at + 1 < this.#end && (buffer[start] !== 0x30 || at === start + 1)) {
      if (at > start) {
        this.#position = at + 2;
        return value;
      }
    }
    const lineEnd = this.#lineEnd();
    if (lineEnd === NOT_YET) {
      if (this.#lineIsTooLong()) this.#fail(`too big ${what} string`);
      return this.error === "" ? NOT_YET : NaN;
    }
    this.#position = lineEnd + 2;
    return parseInteger(buffer, start, lineEnd - start);
  }

  /** Index of the CR that ends the line at the position, if the byte behind it is here too. */
  #lineEnd(): number {
    const at = this.#indexOf(CR);
    return at < 0 || at + 1 >= this.#end ? NOT_YET : at;
  }

  #lineIsTooLong(): boolean {
    return this.#end - this.#position > MAX_LINE && this.#indexOf(CR) < 0;
  }

  /** Where `byte` stands next among the bytes received; -1 if it is too far away for a line, or behind a NUL, which ends a text in C. */
  #indexOf(byte: number): number {
    const end = Math.min(this.#end, this.#position + MAX_LINE + 2);
    const near = Math.min(end, this.#position + NEAR);
    for (let at = this.#position; at < near; at++) {
      const found = this.#buffer[at];
      if (found === byte) return at;
      if (found === 0) return -1;
    }
    const line = this.#buffer.subarray(this.#position, end);
    const at = line.indexOf(byte);
    return at < 0 || line.subarray(0, at).includes(0) ? -1 : this.#position + at;
  }

  #readInline(): number {
    const at = this.#indexOf(LF);
    if (at < 0) {
      return this.#end - this.#position > MAX_LINE
        ? this.#fail("too big inline request")
        : ReadResult.More;
    }
    const lineEnd = at > this.#position && this.#buffer[at - 1] === CR ? at - 1 : at;
    const start = this.#position;
    this.#position = at + 1;
    if (this.#pushPlainWords(start, lineEnd)) return ReadResult.Request;
    const words = splitWords(this.#buffer.subarray(start, lineEnd));
    if (words === undefined) return this.#fail("unbalanced quotes in request");
    this.args.assign(words);
    return ReadResult.Request;
  }

  /** Takes the words of a line as arguments where they stand. False, and none is taken, if the line has quotes. */
  #pushPlainWords(start: number, end: number): boolean {
    const buffer = this.#buffer;
    for (let at = start; at < end; at++) {
      const byte = buffer[at];
      if (byte === DOUBLE_QUOTE || byte === SINGLE_QUOTE) return false;
    }
    this.args.bytes = buffer;
    for (let at = start; at < end;) {
      while (at < end && isSpace(buffer[at])) at++;
      const word = at;
      while (at < end && !isSpace(buffer[at])) at++;
      if (at > word) this.args.push(word, at - word);
    }
    return true;
  }

  #fail(reason: string): number {
    this.error = `Protocol error: ${reason}`;
    return ReadResult.Error;
  }

  /** Makes room behind the pending bytes. What is pending is moved to the front only if it is in the way. */
  #makeSpace(): void {
    const start = this.#argumentsLeft > 0 && this.args.count > 0
      ? this.args.starts[0]
      : this.#position;
    if (CHECKS) poison(this.#buffer, 0, start);
    const kept = this.#end - start;
    const size = this.#buffer.length;
    const wanted = this.#wantedSize(start, kept);
    if (wanted === size) {
      const missing = Math.max(SMALL_BUFFER / 2, this.#position + this.#bulkBytes - this.#end);
      if (start === 0 || kept > 0 && size - this.#end >= missing) return;
      if (kept > 0) this.#buffer.copyWithin(0, start, this.#end);
    } else {
      this.#exchange(wanted, start);
    }
    if (this.#argumentsLeft > 0) this.args.moveDown(start);
    if (!this.#isPutBack) this.args.bytes = this.#buffer;
    this.#position -= start;
    this.#droppedBytes += start;
    this.#requestStart = 0;
    this.#end = kept;
  }

  /** Length of the bulk string being read; 0 while it is not known. */
  get #bulkBytes(): number {
    return this.#bulkLength === NOT_YET ? 0 : this.#bulkLength;
  }

  /**
   * How large the buffer should be for the next read, with `kept` bytes pending. It grows when the last read filled it, for a large request or
   * to hold a few large values at once; it shrinks when it was not needed for a while, and between requests.
   */
  #wantedSize(start: number, kept: number): number {
    const size = this.#buffer.length;
    const bulk = this.#bulkBytes;
    const isFull = this.#end === size;
    // A read that filled the buffer means that more is waiting.
    if (kept === 0 && !(isFull && size < LARGE_BUFFER)) {
      if (size <= MEDIUM_BUFFER) return size;
      if (this.#end > MEDIUM_BUFFER) this.#readsSinceLarge = 0;
      const isNeeded = ++this.#readsSinceLarge <= READS_BEFORE_LENDING_LESS;
      return size <= LARGE_BUFFER && isNeeded ? size : SMALL_BUFFER;
    }
    if (bulk > LARGE_BUFFER / 4) this.#readsSinceLarge = 0;
    else if (size > LARGE_BUFFER && ++this.#readsSinceLarge > READS_BEFORE_SHRINKING) {
      if (kept < LARGE_BUFFER) return LARGE_BUFFER;
    }
    if (!isFull) return size;
    // One long argument gets as much as it needs. How many short ones will come is not known.
    if (bulk > size / 2 && kept * 2 > size) {
      // Adds room to see what follows.
      const needed = this.#position - start + bulk + SMALL_BUFFER / 2;
      // What follows may be there already: bytes can be appended before the requests in front of them are read.
      const least = kept === size ? size * 2 : size;
      return Math.max(least, Math.min(needed, size * GROWTH));
    }
    if (size < LARGE_BUFFER) return size * 4;
    const isTight = kept * 2 > size || bulk * 4 > size && size < ROOMY_BUFFER;
    return isTight ? size * 2 : size;
  }

  /** Goes on in a buffer of this size, or a larger one that was put aside; what is pending from `start` on moves along. */
  #exchange(wanted: number, start: number): void {
    const old = this.#buffer;
    const spare = this.#spare;
    if (spare !== undefined && wanted > old.length && wanted <= spare.length) {
      this.#buffer = spare;
      this.#spare = undefined;
      this.#spareWasUsed = true;
    } else {
      this.#buffer = new Uint8Array(wanted);
    }
    this.#buffer.set(old.subarray(start, this.#end));
    const isSpare = wanted === SMALL_BUFFER && old.length > (this.#spare?.length ?? 0);
    if (isSpare && old.length <= LARGEST_SPARE) this.#spare = old;
  }
}

const isSpace = (byte: number) => byte === 0x20 || byte >= 0x09 && byte <= 0x0d;

/** A byte as the C library prints it with %c, except for bytes that would break the error's line. */
function printable(byte: number): string {
  return byte === CR || byte === LF ? " " : String.fromCharCode(byte);
}
