/**
 * Writes replies, RESP2 or RESP3, into an output buffer. Commands reply straight into it; there is no reply object.
 *
 * Replies to many clients share a chunk of memory. What one client gets is cut off the chunk by {@link ReplyWriter.take} and handed to its
 * connection, which gives it back when it is sent ({@link ReplyWriter.recycle}); a chunk of which everything is sent is used again. So idle
 * clients hold no output buffer, and the memory that replies are written to stays in the processor's cache.
 *
 * Replies that outgrow their chunk move to a larger one. From a megabyte on they are not moved any more: what follows goes into another
 * chunk, and `take` hands out one piece after the other.
 *
 *     #pieces                                       #buffer
 *     [..........................] [.............]  [ sent before | this client's | free ]
 *     '---------- #piecesLength ----------------'                 ^#start         ^#length
 *
 * Where a chunk is full, and nowhere else, is looked whether there are too many ({@link ReplyWriter.limit}). Then all are dropped, and so is
 * whatever follows: the client will not see it.
 *
 * @module
 */
import { copyBytes, fromLatin1, utf8 } from "../lib/bytes.ts";
import { writeInteger } from "../lib/integer.ts";
import { formatDouble } from "../lib/double.ts";

const CHUNK_BYTES = 65536;
/** A chunk with less room than this is not begun again for another client. */
const MIN_ROOM_BYTES = 4096;
/** Up to this size (a power of two) chunks come in powers of two and are kept for use again, and replies are moved to larger ones. */
const LARGEST_KEPT_BYTES = 2 ** 20;
const KEPT_CHUNKS = 64;
/** A header and its line end: a type byte, up to 20 digits, CR LF. */
const LINE_BYTES = 24;

/** Thrown by any method of a {@link ReplyWriter} that may stop the body that writes: nobody will get its reply. */
export class ReplyTooLarge extends Error {
  override name = "ReplyTooLarge";
}

const replyTooLarge = new ReplyTooLarge("The reply is larger than the client's output may be");

/** A header on its way to its place. */
const header = new Uint8Array(LINE_BYTES);
/** A number on its way into a bulk string. */
const digits = new Uint8Array(LINE_BYTES);

const OK = fromLatin1("+OK\r\n");
const NULL2 = fromLatin1("$-1\r\n");
const NULL_ARRAY2 = fromLatin1("*-1\r\n");
const NULL3 = fromLatin1("_\r\n");
const CR = 0x0d;
const LF = 0x0a;

/** The protocol version that a client speaks. */
export type RespVersion = 2 | 3;

/** Encodes replies; one for a server, pointed at one client at a time. */
export class ReplyWriter {
  /** What the client speaks. */
  resp: RespVersion = 2;
  /** Error replies written so far. */
  errorCount = 0;
  /** Bytes that may stand between two calls of {@link take}, about; more are dropped. */
  limit = Infinity;
  /** Whether the body that writes now may be stopped by a {@link ReplyTooLarge}: it changes nothing. */
  mayStop = false;
  /** Called when {@link limit} is reached. */
  onLimit: () => void = () => {};
  #chunk: Chunk = newChunk(CHUNK_BYTES);
  #buffer: Uint8Array<ArrayBuffer> = this.#chunk.bytes;
  /** Where in the buffer the replies not yet taken begin, and end. */
  #start = 0;
  #length = 0;
  /** What comes before that: parts of chunks that are full. */
  readonly #pieces: Uint8Array<ArrayBuffer>[] = [];
  #piecesLength = 0;
  /** What is written from this length on is dropped: because of {@link mute}, or everything because of {@link limit}. */
  #keptLength = Infinity;
  #isMuted = false;
  #isOverLimit = false;
  /** Chunks to use again, by the logarithm of their size. */
  readonly #spare: Chunk[][] = Array.from({ length: 21 }, () => []);
  /** Chunks of which parts are being sent. */
  readonly #inFlight = new Map<ArrayBuffer, Chunk>();

  /** Bytes written and not yet taken. */
  get length(): number {
    return this.#piecesLength + this.#length - this.#start;
  }

  /** Takes the replies written so far, or the first piece of them if they are long: it must come back by {@link recycle}. */
  take(): Uint8Array<ArrayBuffer> {
    const piece = this.#pieces.shift();
    if (piece !== undefined) {
      this.#piecesLength -= piece.length;
      return piece;
    }
    const taken = this.#cutOff();
    if (this.#buffer.length - this.#length < MIN_ROOM_BYTES) this.#begin(CHUNK_BYTES);
    return taken;
  }

  /** Makes a part of its own of what stands in the buffer. */
  #cutOff(): Uint8Array<ArrayBuffer> {
    const chunk = this.#chunk;
    const part = this.#buffer.subarray(this.#start, this.#length);
    if (chunk.parts++ === 0) this.#inFlight.set(chunk.bytes.buffer, chunk);
    this.#start = this.#length;
    return part;
  }

  /** Gives back what {@link take} handed out; anything else is left alone. */
  recycle(taken: Uint8Array<ArrayBuffer>): void {
    const chunk = this.#inFlight.get(taken.buffer);
    if (chunk === undefined || --chunk.parts > 0) return;
    this.#inFlight.delete(taken.buffer);
    if (chunk !== this.#chunk) this.#keep(chunk);
    else if (this.#start === this.#length) this.#start = this.#length = 0;
  }

  /** Forgets what was written since {@link length} was `length`; all that is to be dropped, if something is. */
  truncate(length: number): void {
    const kept = this.#keptLength === Infinity ? length : this.#keptLength;
    while (this.#piecesLength > kept) {
      const piece = this.#pieces.pop()!;
      this.#piecesLength -= piece.length;
      this.#length = this.#start;
      if (this.#piecesLength >= kept) {
        this.recycle(piece);
        continue;
      }
      this.#pieces.push(piece.subarray(0, kept - this.#piecesLength));
      this.#piecesLength = kept;
    }
    this.#length = this.#start + kept - this.#piecesLength;
  }

  /** Lets what is written go nowhere until {@link unmute}. Errors are counted all the same. */
  mute(): void {
    if (this.#keptLength < Infinity) return;
    this.#isMuted = true;
    this.#keptLength = this.length;
  }

  /** Whether {@link mute} is in force. */
  get isMuted(): boolean {
    return this.#isMuted;
  }

  /** Ends {@link mute}, if it is in force: what was written before is there again. */
  unmute(): void {
    if (!this.#isMuted) return;
    this.truncate(0);
    this.#isMuted = false;
    this.#keptLength = Infinity;
  }

  /** Runs `write`, whose output goes out though {@link mute} may be in force: it writes a message, which is no reply. */
  message(write: () => void): void {
    const isMuted = this.#isMuted;
    this.unmute();
    write();
    if (isMuted) this.mute();
  }

  /** Forgets everything, that the limit was reached too: what follows is for another client. */
  clear(): void {
    this.unmute();
    this.truncate(0);
    this.#isOverLimit = false;
    this.#keptLength = Infinity;
  }

  /** `+OK`. */
  ok(): undefined {
    this.raw(OK);
  }

  /** A simple string; it must not hold line ends. */
  simple(text: string): undefined {
    this.#line(0x2b, text);
  }

  /** An error: its code, a space, and the message. Line ends in it become spaces. */
  error(text: string): undefined {
    this.errorCount++;
    this.#line(0x2d, text.replaceAll(/[\r\n]/g, " "));
  }

  /** An integer of at most 53 bits. */
  integer(value: number): undefined {
    this.#header(0x3a, value);
  }

  /** An integer of 64 bits. */
  bigInteger(value: bigint): undefined {
    this.#line(0x3a, value.toString());
  }

  /** A bulk string of `length` bytes from `start`. */
  bulk(bytes: Uint8Array, start: number, length: number): undefined {
    if (!this.#reserve(length + LINE_BYTES + 2)) return this.#longBulk(bytes, start, length);
    if (length < 100) this.#shortHeader(0x24, length);
    else this.#header(0x24, length);
    const buffer = this.#buffer;
    const at = this.#length;
    copyBytes(bytes, start, buffer, at, length);
    buffer[at + length] = CR;
    buffer[at + length + 1] = LF;
    this.#length = at + length + 2;
  }

  /** A bulk string of all of `bytes`. */
  bulkBytes(bytes: Uint8Array): undefined {
    this.bulk(bytes, 0, bytes.length);
  }

  /** A bulk string of a text whose characters are bytes (all below U+0100). */
  bulkText(text: string): undefined {
    this.bulkBytes(fromLatin1(text));
  }

  /** A null in place of a value. */
  null(): undefined {
    this.raw(this.resp === 2 ? NULL2 : NULL3);
  }

  /** A null in place of an array. */
  nullArray(): undefined {
    this.raw(this.resp === 2 ? NULL_ARRAY2 : NULL3);
  }

  /** The header of an array; `count` replies follow. */
  array(count: number): undefined {
    this.#header(0x2a, count);
  }

  /** The header of a map; `pairs` keys, each with its value, follow. An array of twice the length in RESP2. */
  map(pairs: number): undefined {
    if (this.resp === 2) this.#header(0x2a, pairs * 2);
    else this.#header(0x25, pairs);
  }

  /** The header of a set; an array in RESP2. */
  set(count: number): undefined {
    this.#header(this.resp === 2 ? 0x2a : 0x7e, count);
  }

  /** The header of a push message; an array in RESP2. */
  push(count: number): undefined {
    this.#header(this.resp === 2 ? 0x2a : 0x3e, count);
  }

  /** The header of an attribute of the reply that follows; only RESP3 has them. */
  attribute(pairs: number): undefined {
    this.#header(0x7c, pairs);
  }

  /** A boolean; 1 or 0 in RESP2. */
  boolean(value: boolean): undefined {
    if (this.resp === 2) this.#header(0x3a, value ? 1 : 0);
    else this.#line(0x23, value ? "t" : "f");
  }

  /** A double; a bulk string in RESP2. */
  double(value: number): undefined {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) this.#wholeDouble(value);
    else if (this.resp === 2) this.#shortBulk(formatDouble(value));
    else this.#line(0x2c, formatDouble(value));
  }

  /** A double with up to 17 digits behind the point, never with an exponent; a bulk string in RESP2. */
  humanDouble(value: number): undefined {
    const text = value.toFixed(17).replace(/\.?0+$/, "");
    if (this.resp === 2) this.bulkText(text);
    else this.#line(0x2c, text);
  }

  /** An integer of any size; a bulk string in RESP2. */
  bigNumber(digits: string): undefined {
    if (this.resp === 2) this.bulkText(digits);
    else this.#line(0x28, digits);
  }

  /** A text for people, with a format of three letters; a bulk string in RESP2. */
  verbatim(text: string, format: string): undefined {
    const bytes = utf8(text);
    if (this.resp === 2) return this.bulkBytes(bytes);
    this.#header(0x3d, bytes.length + 4);
    this.raw(fromLatin1(`${format}:`));
    this.raw(bytes);
    this.#endLine();
  }

  /** Bytes that are already a reply, or part of one. */
  raw(bytes: Uint8Array): undefined {
    if (!this.#reserve(bytes.length)) return this.#spread(bytes, 0, bytes.length);
    copyBytes(bytes, 0, this.#buffer, this.#length, bytes.length);
    this.#length += bytes.length;
  }

  /** Begins an array whose length is not known yet; pass the result to {@link endArray}. */
  beginArray(): number {
    return this.length;
  }

  /** Ends an array begun with {@link beginArray}: puts its header in front of the `count` replies written since. O(their bytes). */
  endArray(begin: number, count: number): undefined {
    this.#insertHeader(0x2a, begin, count);
  }

  /** As {@link endArray}, for a map of `pairs`. */
  endMap(begin: number, pairs: number): undefined {
    this.#insertHeader(this.resp === 2 ? 0x2a : 0x25, begin, this.resp === 2 ? pairs * 2 : pairs);
  }

  #insertHeader(type: number, begin: number, count: number): void {
    // Room first: it may make a piece of what is there.
    this.#reserve(LINE_BYTES);
    const { length } = this;
    if (begin > length) return;
    this.#header(type, count);
    const end = this.#length;
    const size = this.length - length;
    const buffer = this.#buffer;
    for (let i = 0; i < size; i++) header[i] = buffer[end - size + i];
    if (begin < this.#piecesLength) {
      this.#length = end - size;
      return this.#insertPiece(begin, header.slice(0, size));
    }
    const first = this.#start + begin - this.#piecesLength;
    buffer.copyWithin(first + size, first, end - size);
    for (let i = 0; i < size; i++) buffer[first + i] = header[i];
  }

  /** Puts bytes in front of what was written since {@link length} was `begin`, where nothing can be moved. */
  #insertPiece(begin: number, bytes: Uint8Array<ArrayBuffer>): void {
    let i = 0;
    let at = 0;
    while (at + this.#pieces[i].length <= begin) at += this.#pieces[i++].length;
    const piece = this.#pieces[i];
    this.#piecesLength += bytes.length;
    if (at === begin) return void this.#pieces.splice(i, 0, bytes);
    const chunk = this.#inFlight.get(piece.buffer);
    if (chunk !== undefined) chunk.parts++;
    this.#pieces.splice(i, 1, piece.subarray(0, begin - at), bytes, piece.subarray(begin - at));
  }

  /** A number's text as a bulk string. */
  #shortBulk(text: string): undefined {
    for (let i = 0; i < text.length; i++) digits[i] = text.charCodeAt(i);
    this.bulk(digits, 0, text.length);
  }

  /** A whole number as a double. */
  #wholeDouble(value: number): undefined {
    if (this.resp === 3) return void this.#header(0x2c, value);
    this.bulk(digits, 0, writeInteger(digits, 0, value));
  }

  /** A header with a number below 100, for which there must be room. */
  #shortHeader(type: number, value: number): void {
    const buffer = this.#buffer;
    let at = this.#length;
    buffer[at++] = type;
    if (value >= 10) {
      const tens = value / 10 | 0;
      buffer[at++] = 0x30 + tens;
      buffer[at++] = 0x30 + value - tens * 10;
    } else buffer[at++] = 0x30 + value;
    buffer[at++] = CR;
    buffer[at++] = LF;
    this.#length = at;
  }

  #header(type: number, value: number): void {
    this.#reserve(LINE_BYTES);
    const buffer = this.#buffer;
    buffer[this.#length] = type;
    const at = writeInteger(buffer, this.#length + 1, value);
    buffer[at] = CR;
    buffer[at + 1] = LF;
    this.#length = at + 2;
  }

  #line(type: number, text: string): undefined {
    if (!this.#reserve(text.length + 3)) {
      return this.raw(fromLatin1(`${String.fromCharCode(type)}${text}\r\n`));
    }
    this.#buffer[this.#length++] = type;
    for (let i = 0; i < text.length; i++) this.#buffer[this.#length++] = text.charCodeAt(i);
    this.#endLine();
  }

  #endLine(): void {
    this.#reserve(2);
    this.#buffer[this.#length++] = CR;
    this.#buffer[this.#length++] = LF;
  }

  #longBulk(bytes: Uint8Array, start: number, length: number): undefined {
    if (this.#keptLength < Infinity) return;
    this.#header(0x24, length);
    this.#spread(bytes, start, length);
    this.#endLine();
  }

  /** Writes bytes over as many pieces as it takes. */
  #spread(bytes: Uint8Array, start: number, length: number): undefined {
    if (this.#keptLength < Infinity) return;
    for (let at = start, left = length; left > 0;) {
      if (this.#length === this.#buffer.length) this.#goOn(left);
      const size = Math.min(left, this.#buffer.length - this.#length);
      copyBytes(bytes, at, this.#buffer, this.#length, size);
      this.#length += size;
      at += size;
      left -= size;
    }
  }

  /** Whether there is room for `bytes` in one piece, as there always is for a header. If not they are to be spread, or dropped. */
  #reserve(bytes: number): boolean {
    return this.#length + bytes <= this.#buffer.length || this.#grow(bytes);
  }

  #grow(bytes: number): boolean {
    const isKept = this.#keptLength === Infinity;
    if (isKept && this.length + bytes > this.limit) this.#dropAll();
    if (this.#isOverLimit && this.mayStop) throw replyTooLarge;
    if (this.#keptLength < Infinity) this.truncate(0);
    if (this.#length + bytes <= this.#buffer.length) return true;
    const isLong = this.length + bytes > LARGEST_KEPT_BYTES;
    if (bytes > LINE_BYTES && (isLong || this.#keptLength < Infinity)) return false;
    if (isLong || this.#pieces.length > 0) this.#goOn(bytes);
    else this.#move(bytes);
    return true;
  }

  #dropAll(): void {
    this.#isOverLimit = true;
    this.#keptLength = 0;
    this.onLimit();
  }

  /** Moves the replies not yet taken to a chunk with room for `bytes` more. */
  #move(bytes: number): void {
    const { length } = this;
    const pending = this.#buffer.subarray(this.#start, this.#length);
    this.#begin(length + bytes);
    this.#buffer.set(pending);
    this.#length = length;
  }

  /** Leaves the replies not yet taken where they are and goes on in another chunk. */
  #goOn(bytes: number): void {
    if (this.#length > this.#start) {
      const piece = this.#cutOff();
      this.#pieces.push(piece);
      this.#piecesLength += piece.length;
    }
    this.#begin(Math.max(bytes, LARGEST_KEPT_BYTES));
  }

  /** Goes on in another chunk of at least `bytes`. Of the old one parts are being sent, or nothing is needed. */
  #begin(bytes: number): void {
    const old = this.#chunk;
    this.#chunk = this.#unused(bytes) ?? newChunk(bytes);
    this.#buffer = this.#chunk.bytes;
    this.#start = this.#length = 0;
    if (old.parts === 0) this.#keep(old);
  }

  /** A chunk to use again, of at least `bytes`. */
  #unused(bytes: number): Chunk | undefined {
    return bytes > LARGEST_KEPT_BYTES ? undefined : this.#spare[sizeClass(bytes)].pop();
  }

  #keep(chunk: Chunk): void {
    const size = chunk.bytes.length;
    if (size > LARGEST_KEPT_BYTES) return;
    const spare = this.#spare[sizeClass(size)];
    if (spare.length < KEPT_CHUNKS * CHUNK_BYTES / size) spare.push(chunk);
  }
}

/** Which chunks have room for `bytes`: the logarithm of their size. */
function sizeClass(bytes: number): number {
  return Math.ceil(Math.log2(Math.max(bytes, CHUNK_BYTES)));
}

/** A piece of memory that replies are written to. */
interface Chunk {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** How many parts of it connections still have to send. */
  parts: number;
}

function newChunk(bytes: number): Chunk {
  const size = bytes > LARGEST_KEPT_BYTES ? bytes : 2 ** sizeClass(bytes);
  return { bytes: new Uint8Array(size), parts: 0 };
}
