/**
 * Writes requests as clients send them, an array of bulk strings each, one after another into one buffer.
 *
 * @module
 */
import { type ByteRange, copyBytes, utf8 } from "../lib/bytes.ts";
import type { ArgumentWords } from "./arguments.ts";
import { writeInteger } from "../lib/integer.ts";

const FIRST_BYTES = 4096;
/** Longest header line: a type byte, up to 20 digits, CR LF. */
const LINE_BYTES = 24;
const ARRAY = 0x2a;
const BULK = 0x24;
const CR = 0x0d;
const LF = 0x0a;

/** A word of a request: a text whose characters are bytes, a whole number, or bytes. */
export type RequestWord = string | number | ByteRange;

/** A part of a request: a word, or consecutive words of another request. */
export type RequestPart = RequestWord | ArgumentWords;

/** Collects requests. */
export class RequestWriter {
  #bytes = new Uint8Array(FIRST_BYTES);
  #length = 0;

  /** What was written, up to {@link length}. The next write may replace this memory. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes;
  }

  /** Bytes written. */
  get length(): number {
    return this.#length;
  }

  /** Forgets all but the first `length` bytes. Memory beyond `keptBytes` is given back. */
  truncate(length: number, keptBytes = Infinity): void {
    this.#length = length;
    if (length === 0 && this.#bytes.length > keptBytes) this.#bytes = new Uint8Array(FIRST_BYTES);
  }

  /** Writes the header of a request of `words` words. */
  request(words: number): void {
    this.#header(ARRAY, words);
  }

  /** Writes a word: `length` bytes from `start`. */
  word(bytes: Uint8Array, start: number, length: number): void {
    this.#header(BULK, length);
    this.raw(bytes, start, length);
    this.#endLine();
  }

  /** Writes a request of these parts. */
  parts(parts: readonly RequestPart[]): void {
    let words = 0;
    for (const part of parts) words += isArguments(part) ? part.end - part.first : 1;
    this.request(words);
    for (const part of parts) {
      if (isArguments(part)) this.arguments(part);
      else this.anyWord(part);
    }
  }

  /** Writes words of another request. */
  arguments({ args: { bytes, starts, lengths }, first, end }: ArgumentWords): void {
    for (let i = first; i < end; i++) this.word(bytes, starts[i], lengths[i]);
  }

  /** Writes a word of any kind. */
  anyWord(word: RequestWord): void {
    if (typeof word === "object") this.word(word.bytes, word.start, word.length);
    else this.text(String(word));
  }

  /** Writes a word, a text whose characters are bytes. */
  text(text: string): void {
    this.#header(BULK, text.length);
    this.#reserve(text.length);
    for (let i = 0; i < text.length; i++) this.#bytes[this.#length++] = text.charCodeAt(i);
    this.#endLine();
  }

  /** Writes bytes as they are. */
  raw(bytes: Uint8Array, start: number, length: number): void {
    this.#reserve(length);
    copyBytes(bytes, start, this.#bytes, this.#length, length);
    this.#length += length;
  }

  #header(type: number, value: number): void {
    this.#reserve(LINE_BYTES);
    const bytes = this.#bytes;
    bytes[this.#length] = type;
    const at = writeInteger(bytes, this.#length + 1, value);
    bytes[at] = CR;
    bytes[at + 1] = LF;
    this.#length = at + 2;
  }

  #endLine(): void {
    this.#reserve(2);
    this.#bytes[this.#length++] = CR;
    this.#bytes[this.#length++] = LF;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const bytes = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    bytes.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = bytes;
  }
}

function isArguments(part: RequestPart): part is ArgumentWords {
  return typeof part === "object" && "args" in part;
}

/** The bytes of a request; texts in UTF-8. */
export function encodeRequest(words: readonly (string | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  const writer = new RequestWriter();
  writer.request(words.length);
  for (const word of words) {
    const bytes = typeof word === "string" ? utf8(word) : word;
    writer.word(bytes, 0, bytes.length);
  }
  return writer.bytes.slice(0, writer.length);
}
