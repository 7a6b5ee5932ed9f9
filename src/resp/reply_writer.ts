/**
 * Writes replies, in RESP2 or RESP3, into an output buffer. Commands write straight into it; there is no reply object.
 *
 * @module
 */
import { copyBytes, fromLatin1, utf8 } from "../lib/bytes.ts";
import { formatDouble } from "../lib/double.ts";
import { writeInteger } from "../lib/integer.ts";
import { LINE_BYTES, ReplyBuffer } from "./reply_buffer.ts";

/**
 * What a bulk string takes at most besides its bytes: a header, and a line end. (A constant of this file is folded into the code of
 * `bulk`; an imported one is loaded for each element of a reply, which cost LRANGE of 100 elements 5 %.)
 */
const AROUND_BULK_BYTES = LINE_BYTES + 2;

/** A header that is being put together. */
const header = new Uint8Array(LINE_BYTES);
/** The digits of a number that becomes a bulk string. */
const digits = new Uint8Array(LINE_BYTES);

const OK = fromLatin1("+OK\r\n");
const NULL2 = fromLatin1("$-1\r\n");
const NULL_ARRAY2 = fromLatin1("*-1\r\n");
const NULL3 = fromLatin1("_\r\n");
const CR = 0x0d;
const LF = 0x0a;

/** The protocol version that a client speaks. */
export type RespVersion = 2 | 3;

/** Encodes replies. A server has one, which serves one client at a time. */
export class ReplyWriter extends ReplyBuffer {
  /** The protocol version of the client that is being served. */
  resp: RespVersion = 2;
  /** Error replies written so far. */
  errorCount = 0;
  /** The text of the last error reply. */
  lastError = "";

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
    this.lastError = text;
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
    if (!this.reserve(length + AROUND_BULK_BYTES)) return this.#longBulk(bytes, start, length);
    if (length < 100) this.#shortHeader(0x24, length);
    else this.#header(0x24, length);
    const buffer = this.buffer;
    const at = this.end;
    copyBytes(bytes, start, buffer, at, length);
    buffer[at + length] = CR;
    buffer[at + length + 1] = LF;
    this.end = at + length + 2;
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
    this.verbatimBytes(utf8(text), format);
  }

  /** As {@link verbatim}, of bytes. */
  verbatimBytes(bytes: Uint8Array, format: string): undefined {
    if (this.resp === 2) return this.bulkBytes(bytes);
    this.#header(0x3d, bytes.length + 4);
    this.raw(fromLatin1(`${format}:`));
    this.raw(bytes);
    this.#endLine();
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

  /** As {@link endArray}, for a set. */
  endSet(begin: number, count: number): undefined {
    this.#insertHeader(this.resp === 2 ? 0x2a : 0x7e, begin, count);
  }

  #insertHeader(type: number, begin: number, count: number): void {
    this.insert(begin, header, writeHeader(header, 0, type, count));
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

  /** Writes a header with a number below 100. There must be room for it. */
  #shortHeader(type: number, value: number): void {
    const buffer = this.buffer;
    let at = this.end;
    buffer[at++] = type;
    if (value >= 10) {
      const tens = value / 10 | 0;
      buffer[at++] = 0x30 + tens;
      buffer[at++] = 0x30 + value - tens * 10;
    } else buffer[at++] = 0x30 + value;
    buffer[at++] = CR;
    buffer[at++] = LF;
    this.end = at;
  }

  #header(type: number, value: number): void {
    this.reserve(LINE_BYTES);
    this.end = writeHeader(this.buffer, this.end, type, value);
  }

  #line(type: number, text: string): undefined {
    if (!this.reserve(text.length + 3)) {
      return this.raw(fromLatin1(`${String.fromCharCode(type)}${text}\r\n`));
    }
    this.buffer[this.end++] = type;
    for (let i = 0; i < text.length; i++) this.buffer[this.end++] = text.charCodeAt(i);
    this.#endLine();
  }

  #endLine(): void {
    this.reserve(2);
    this.buffer[this.end++] = CR;
    this.buffer[this.end++] = LF;
  }

  #longBulk(bytes: Uint8Array, start: number, length: number): undefined {
    if (this.isDropping) return;
    this.#header(0x24, length);
    this.spread(bytes, start, length);
    this.#endLine();
  }
}

/** Writes a type byte, a number and a line end at `at`; returns the index behind them. Needs up to {@link LINE_BYTES}. */
function writeHeader(to: Uint8Array, at: number, type: number, value: number): number {
  to[at] = type;
  const end = writeInteger(to, at + 1, value);
  to[end] = CR;
  to[end + 1] = LF;
  return end + 2;
}
