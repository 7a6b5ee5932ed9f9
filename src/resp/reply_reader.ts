/**
 * Turns the bytes of replies, RESP2 or RESP3, into values.
 *
 * @module
 */
import { latin1 } from "../lib/bytes.ts";

/** A reply as a value. Strings are texts, or bytes if the reader was asked for bytes. */
export type Reply =
  | string
  | Uint8Array
  | number
  | bigint
  | boolean
  | null
  | RespError
  | Reply[]
  | Map<Reply, Reply>
  | Set<Reply>;

/** An error reply: `code` is its first word, the message all of it. */
export class RespError extends Error {
  /** The name of this class of errors. */
  override name = "RespError";

  /** The first word of the message: ERR, WRONGTYPE. */
  get code(): string {
    return this.message.split(" ", 1)[0];
  }
}

/** One reply, or one message that nobody asked for. */
export interface ReadReply {
  /** Whether it is a push of RESP3: a message, not the answer to a request. */
  readonly isPush: boolean;
  readonly value: Reply;
}

/** Whether strings come as texts or as bytes. */
export type StringForm = "text" | "bytes";

const INCOMPLETE = Symbol("incomplete");
const CR = 0x0d;
const LF = 0x0a;

/** Reads replies; bytes may come in pieces of any size. */
export class ReplyReader {
  #bytes = new Uint8Array(0);
  #at = 0;

  /** Adds bytes, by copying them. */
  push(bytes: Uint8Array): void {
    const rest = this.#bytes.length - this.#at;
    const joined = new Uint8Array(rest + bytes.length);
    joined.set(this.#bytes.subarray(this.#at));
    joined.set(bytes, rest);
    this.#bytes = joined;
    this.#at = 0;
  }

  /**
   * The next reply, or undefined if it has not come completely. `pushForm` is the form of the strings in messages. Throws a `TypeError` if
   * the bytes are no reply.
   */
  next(replyForm: StringForm, pushForm: StringForm = replyForm): ReadReply | undefined {
    if (this.#at === this.#bytes.length) return undefined;
    const start = this.#at;
    const isPush = String.fromCharCode(this.#bytes[start]) === ">";
    const value = this.#read(isPush ? pushForm : replyForm);
    if (value !== INCOMPLETE) return { isPush, value };
    this.#at = start;
    return undefined;
  }

  #read(form: StringForm): Reply | typeof INCOMPLETE {
    const line = this.#line();
    if (line === undefined) return INCOMPLETE;
    const type = line[0];
    const text = line.slice(1);
    switch (type) {
      case "+":
        return text;
      case "-":
        return new RespError(text);
      case ":":
        return wholeNumber(text);
      case ",":
        return double(text);
      case "(":
        return BigInt(text);
      case "#":
        return text === "t";
      case "_":
        return null;
      case "$":
        return this.#string(lengthOf(text), 0, form);
      case "=":
        // A verbatim string begins with three letters and a colon, which say what it is.
        return this.#string(lengthOf(text), 4, form);
      case "*":
      case ">":
        return this.#list(lengthOf(text), form);
      case "~": {
        const elements = this.#list(lengthOf(text), form);
        return Array.isArray(elements) ? new Set(elements) : elements;
      }
      case "%":
        return this.#map(lengthOf(text), form);
      case "|": {
        const attributes = this.#map(lengthOf(text), form);
        return attributes === INCOMPLETE ? INCOMPLETE : this.#read(form);
      }
      default:
        throw new TypeError(`Cannot read a reply: '${type}' is no type of RESP`);
    }
  }

  /** The line at the position, a character for each byte. */
  #line(): string | undefined {
    const start = this.#at;
    const end = this.#bytes.indexOf(CR, start);
    if (end < 0 || end + 1 >= this.#bytes.length) return undefined;
    if (this.#bytes[end + 1] !== LF) throw new TypeError("Cannot read a reply: a line has no end");
    this.#at = end + 2;
    return latin1(this.#bytes, start, end - start);
  }

  #string(length: number, skipped: number, form: StringForm): Reply | typeof INCOMPLETE {
    if (length < 0) return null;
    const start = this.#at;
    if (this.#bytes.length < start + length + 2) return INCOMPLETE;
    this.#at = start + length + 2;
    if (this.#bytes[start + length] !== CR) {
      throw new TypeError("Cannot read a reply: a string has no end");
    }
    const bytes = this.#bytes.slice(start + skipped, start + length);
    return form === "bytes" ? bytes : new TextDecoder().decode(bytes);
  }

  #list(length: number, form: StringForm): Reply[] | null | typeof INCOMPLETE {
    if (length < 0) return null;
    const elements: Reply[] = [];
    while (elements.length < length) {
      const element = this.#read(form);
      if (element === INCOMPLETE) return INCOMPLETE;
      elements.push(element);
    }
    return elements;
  }

  #map(length: number, form: StringForm): Map<Reply, Reply> | null | typeof INCOMPLETE {
    const flat = this.#list(length * 2, form);
    if (!Array.isArray(flat)) return flat;
    const map = new Map<Reply, Reply>();
    for (let i = 0; i < flat.length; i += 2) map.set(flat[i], flat[i + 1]);
    return map;
  }
}

function lengthOf(text: string): number {
  const length = Number(text);
  if (Number.isSafeInteger(length) && text !== "") return length;
  throw new TypeError(`Cannot read a reply: '${text}' is no length`);
}

function wholeNumber(text: string): number | bigint {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : BigInt(text);
}

function double(text: string): number {
  if (text === "inf") return Infinity;
  return text === "-inf" ? -Infinity : Number(text);
}
