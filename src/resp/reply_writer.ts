/**
 * Writes replies, RESP2 or RESP3, into an output buffer. Commands reply straight into it; there is no reply object.
 *
 * Replies to many clients share a chunk of memory. What one client gets is cut off the chunk by {@link ReplyWriter.take} and handed to its
 * connection, which gives it back when it is sent ({@link ReplyWriter.recycle}); a chunk of which everything is sent is used again. So idle
 * clients hold no output buffer, and the memory that replies are written to stays in the processor's cache.
 *
 * @module
 */
import { copyBytes, fromLatin1, utf8 } from "../lib/bytes.ts";
import { writeInteger } from "../lib/integer.ts";
import { formatDouble } from "../lib/double.ts";

const CHUNK_BYTES = 65536;
/** A chunk with less room than this is not begun again for another client. */
const MIN_ROOM_BYTES = 4096;
/** Chunks for large replies come in powers of two; up to this size they are kept for use again. */
const LARGEST_KEPT_BYTES = 2 ** 20;
const KEPT_CHUNKS = 64;
/** A header and its line end: a type byte, up to 20 digits, CR LF. */
const LINE_BYTES = 24;

/** A header on its way to its place. */
const header = new Uint8Array(LINE_BYTES);

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
  #chunk: Chunk = newChunk(CHUNK_BYTES);
  #buffer: Uint8Array<ArrayBuffer> = this.#chunk.bytes;
  /** Where the replies not yet taken begin, and end. */
  #start = 0;
  #length = 0;
  /** While muted: where the replies not yet taken are; what is written goes to a chunk that nobody reads. */
  #muted: { readonly chunk: Chunk; readonly start: number; readonly length: number } | undefined;
  /** Chunks to use again, by the logarithm of their size. */
  readonly #spare: Chunk[][] = Array.from({ length: 32 }, () => []);
  /** Chunks of which parts are being sent. */
  readonly #inFlight = new Map<ArrayBuffer, Chunk>();

  /** Bytes written since the last {@link take}. */
  get length(): number {
    return this.#length - this.#start;
  }

  /** Takes the replies written so far; they must come back by {@link recycle}. */
  take(): Uint8Array<ArrayBuffer> {
    const chunk = this.#chunk;
    const taken = this.#buffer.subarray(this.#start, this.#length);
    if (chunk.parts++ === 0) this.#inFlight.set(chunk.bytes.buffer, chunk);
    this.#start = this.#length;
    if (this.#buffer.length - this.#length < MIN_ROOM_BYTES) this.#begin(CHUNK_BYTES);
    return taken;
  }

  /** Gives back what {@link take} handed out; anything else is left alone. */
  recycle(taken: Uint8Array<ArrayBuffer>): void {
    const chunk = this.#inFlight.get(taken.buffer);
    if (chunk === undefined || --chunk.parts > 0) return;
    this.#inFlight.delete(taken.buffer);
    if (chunk !== this.#chunk) this.#keep(chunk);
    else if (this.#start === this.#length) this.#start = this.#length = 0;
  }

  /** Forgets what was written since {@link length} was `length`. */
  truncate(length: number): void {
    this.#length = this.#start + length;
  }

  /** Lets what is written go nowhere until {@link unmute}. Errors are counted all the same. */
  mute(): void {
    if (this.#muted !== undefined) return;
    this.#muted = { chunk: this.#chunk, start: this.#start, length: this.#length };
    this.#use(this.#spareChunk(CHUNK_BYTES), 0, 0);
  }

  /** Ends {@link mute}, if it is in force: what was written before is there again. */
  unmute(): void {
    const muted = this.#muted;
    if (muted === undefined) return;
    this.#keep(this.#chunk);
    this.#use(muted.chunk, muted.start, muted.length);
    this.#muted = undefined;
  }

  /** Runs `write`, whose output goes out though {@link mute} may be in force: it writes a message, which is no reply. */
  message(write: () => void): void {
    const isMuted = this.#muted !== undefined;
    this.unmute();
    write();
    if (isMuted) this.mute();
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
    this.#reserve(length + LINE_BYTES + 2);
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
    if (this.resp === 2) this.bulkText(formatDouble(value));
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
    this.#reserve(bytes.length);
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
    const { length } = this;
    this.#header(type, count);
    const first = this.#start + begin;
    const end = this.#start + length;
    const size = this.#length - end;
    const buffer = this.#buffer;
    for (let i = 0; i < size; i++) header[i] = buffer[end + i];
    buffer.copyWithin(first + size, first, end);
    for (let i = 0; i < size; i++) buffer[first + i] = header[i];
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

  #line(type: number, text: string): void {
    this.#reserve(text.length + 3);
    this.#buffer[this.#length++] = type;
    for (let i = 0; i < text.length; i++) this.#buffer[this.#length++] = text.charCodeAt(i);
    this.#endLine();
  }

  #endLine(): void {
    this.#reserve(2);
    this.#buffer[this.#length++] = CR;
    this.#buffer[this.#length++] = LF;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes > this.#buffer.length) this.#grow(bytes);
  }

  /** Moves the replies not yet taken to a chunk with enough room. */
  #grow(bytes: number): void {
    const { length } = this;
    const pending = this.#buffer.subarray(this.#start, this.#length);
    this.#begin(length + bytes);
    this.#buffer.set(pending);
    this.#length = length;
  }

  /** Goes on in another chunk of at least `bytes`. Of the old one parts are being sent, or nothing is needed. */
  #begin(bytes: number): void {
    const old = this.#chunk;
    const size = Math.max(CHUNK_BYTES, 2 ** Math.ceil(Math.log2(bytes)));
    this.#use(this.#spareChunk(size), 0, 0);
    if (old.parts === 0) this.#keep(old);
  }

  #use(chunk: Chunk, start: number, length: number): void {
    this.#chunk = chunk;
    this.#buffer = chunk.bytes;
    this.#start = start;
    this.#length = length;
  }

  #spareChunk(size: number): Chunk {
    return this.#spare[Math.log2(size)].pop() ?? newChunk(size);
  }

  #keep(chunk: Chunk): void {
    const spare = this.#spare[Math.log2(chunk.bytes.length)];
    const count = KEPT_CHUNKS * CHUNK_BYTES / chunk.bytes.length;
    if (chunk.bytes.length <= LARGEST_KEPT_BYTES && spare.length < count) spare.push(chunk);
  }
}

/** A piece of memory that replies are written to. */
interface Chunk {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** How many parts of it connections still have to send. */
  parts: number;
}

function newChunk(bytes: number): Chunk {
  return { bytes: new Uint8Array(bytes), parts: 0 };
}
