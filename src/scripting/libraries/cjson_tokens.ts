/**
 * The tokens of a JSON text, with the leniencies of Redis's cjson: a zero ends the text, and unless that is switched off there are numbers with
 * a plus, with zeros in front, hexadecimal ones, infinity and "nan".
 *
 * @module
 */
import type { Lua } from "../lua.ts";
import type { Pointer } from "../lua_engine.ts";
import { read, readNumber } from "./cjson_numbers.ts";
import { readUnicodeEscape } from "./cjson_unicode.ts";
import { Output } from "./output.ts";

/** Kinds of tokens. */
export const Token = {
  ObjectBegin: 0,
  ObjectEnd: 1,
  ArrayBegin: 2,
  ArrayEnd: 3,
  String: 4,
  Number: 5,
  False: 6,
  True: 7,
  Null: 8,
  Colon: 9,
  Comma: 10,
  End: 11,
  /** None: {@link JsonTokens.problem} says why. */
  Error: 12,
} as const;

/** What cjson's messages call them. */
export const TOKEN_NAMES: readonly string[] = [
  ..."OBJ_BEGIN OBJ_END ARR_BEGIN ARR_END STRING NUMBER BOOLEAN BOOLEAN NULL COLON COMMA END".split(
    " ",
  ),
].map((name) => `T_${name}`);

/** What a byte may also begin: nothing yet, or something that takes a look at the bytes behind it. */
const SPACE = 13;
const LONGER = 14;

const QUOTE = 0x22;
const COMMA = 0x2c;
const ARRAY_BEGIN = 0x5b;
const ARRAY_END = 0x5d;
const OBJECT_BEGIN = 0x7b;
const BACKSLASH = 0x5c;
const PLUS = 0x2b;
const MINUS = 0x2d;
const DIGIT_0 = 0x30;
const LETTER_U = 0x75;

const FIRST = new Uint8Array(256).fill(Token.Error);
for (const byte of " \t\n\r") FIRST[byte.charCodeAt(0)] = SPACE;
for (const byte of 'fiInNt"+-0123456789') FIRST[byte.charCodeAt(0)] = LONGER;
["{", "}", "[", "]"].forEach((byte, token) => FIRST[byte.charCodeAt(0)] = token);
FIRST[0x3a] = Token.Colon;
FIRST[0x2c] = Token.Comma;
FIRST[0] = Token.End;

/** What bytes behind a backslash stand for; 0 for those that stand for nothing. */
const ESCAPED = new Uint8Array(256);
for (const pair of ['""', "\\\\", "//", "b\b", "t\t", "n\n", "f\f", "r\r", "uu"]) {
  ESCAPED[pair.charCodeAt(0)] = pair.charCodeAt(1);
}

const WORDS: readonly (readonly [token: number, word: string])[] = [
  [Token.True, "true"],
  [Token.False, "false"],
  [Token.Null, "null"],
];

/** Reads one token after another of one text. */
export class JsonTokens {
  /** Where the last token is in the text, or where it is wrong; from 0. */
  position = 0;
  /** What is wrong with the last token, if it is an error. */
  problem = "";
  /** The value of the last token, if it is a number. What is not a number is negative if {@link isNegative}. */
  number = 0;
  isNegative = false;
  #lua!: Lua;
  #start: Pointer = 0;
  #at: Pointer = 0;
  #allowsInvalid = true;
  /** Where a string is that has no escapes. */
  #stringStart: Pointer = 0;
  #stringLength = 0;
  /** A string that has some, without them. */
  readonly #unescaped = new Output();
  #hasEscapes = false;

  /** Begins with the text that stands at `start`. */
  begin(lua: Lua, start: Pointer, allowsInvalidNumbers: boolean): void {
    this.#lua = lua;
    this.#start = this.#at = start;
    this.#allowsInvalid = allowsInvalidNumbers;
  }

  /** How many bytes are read. */
  get consumed(): number {
    return this.#at - this.#start;
  }

  /** Reads a token; at the end of the text it stays there. */
  next(): number {
    const { bytes } = this.#lua.engine;
    let at = this.#at;
    while (FIRST[bytes[at]] === SPACE) at++;
    this.position = at - this.#start;
    const kind = FIRST[bytes[at]];
    this.#at = at;
    if (kind < Token.End) this.#at = at + 1;
    else if (kind === LONGER) return this.#longer(bytes, at);
    else if (kind === Token.Error) return this.#fail(at, "invalid token");
    return kind;
  }

  /** How many values the array has that has just begun; 0 if it holds structures, which are not looked into. For a correct text it is exact. */
  countFlatArray(): number {
    const { bytes } = this.#lua.engine;
    let at = this.#at;
    for (let commas = 0;; at++) {
      switch (bytes[at]) {
        case COMMA:
          commas++;
          break;
        case QUOTE:
          at = endOfString(bytes, at);
          if (bytes[at] === 0) return 0;
          break;
        case ARRAY_END:
          return commas + 1;
        case ARRAY_BEGIN:
        case OBJECT_BEGIN:
        case 0:
          return 0;
      }
    }
  }

  /** Pushes the string that was read last. */
  pushString(): void {
    const lua = this.#lua;
    if (this.#hasEscapes) this.#unescaped.push(lua);
    else lua.pushBytes(lua.engine.bytes, this.#stringStart, this.#stringLength);
  }

  #longer(bytes: Uint8Array, at: Pointer): number {
    const byte = bytes[at];
    if (byte === QUOTE) return this.#string(bytes, at + 1);
    if (byte === MINUS || byte >= DIGIT_0 && byte <= DIGIT_0 + 9) {
      if (!this.#allowsInvalid && isInvalid(bytes, at)) return this.#fail(at, "invalid number");
      return this.#number(bytes, at);
    }
    for (const [token, word] of WORDS) {
      if (startsWith(bytes, at, word)) {
        this.#at = at + word.length;
        return token;
      }
    }
    if (this.#allowsInvalid && isInvalid(bytes, at)) return this.#number(bytes, at);
    return this.#fail(at, "invalid token");
  }

  #number(bytes: Uint8Array, at: Pointer): number {
    readNumber(bytes, at);
    if (read.end === at) return this.#fail(at, "invalid number");
    this.number = read.value;
    this.isNegative = bytes[at] === MINUS;
    this.#at = read.end;
    return Token.Number;
  }

  #string(bytes: Uint8Array, start: Pointer): number {
    const end = endOfPlain(bytes, start);
    this.#stringStart = start;
    this.#stringLength = end - start;
    this.#hasEscapes = bytes[end] === BACKSLASH;
    if (this.#hasEscapes) return this.#unescape(bytes, end);
    if (bytes[end] === 0) return this.#fail(end, "unexpected end of string");
    this.#at = end + 1;
    return Token.String;
  }

  /** Reads on from the first backslash of a string. */
  #unescape(bytes: Uint8Array, at: Pointer): number {
    const lua = this.#lua;
    const output = this.#unescaped;
    output.clear();
    output.copy(lua, this.#stringStart, this.#stringLength);
    while (bytes[at] === BACKSLASH) {
      const byte = ESCAPED[bytes[at + 1]];
      if (byte === 0) return this.#fail(at, "invalid escape code");
      const plain = byte === LETTER_U ? readUnicodeEscape(lua, at, output) : at + 2;
      if (plain === 0) return this.#fail(at, "invalid unicode escape code");
      if (byte !== LETTER_U) output.byte(lua, byte);
      at = endOfPlain(bytes, plain);
      output.copy(lua, plain, at - plain);
    }
    if (bytes[at] === 0) return this.#fail(at, "unexpected end of string");
    this.#at = at + 1;
    return Token.String;
  }

  #fail(at: Pointer, problem: string): number {
    this.#at = at;
    this.position = at - this.#start;
    this.problem = problem;
    return Token.Error;
  }
}

/** Where the next quote, backslash or zero is. */
function endOfPlain(bytes: Uint8Array, at: Pointer): Pointer {
  let byte = bytes[at];
  while (byte !== QUOTE && byte !== BACKSLASH && byte !== 0) byte = bytes[++at];
  return at;
}

/** Where the quote is that ends the string that begins at `at`, or else the zero that ends the text. */
function endOfString(bytes: Uint8Array, at: Pointer): Pointer {
  for (at = endOfPlain(bytes, at + 1); bytes[at] === BACKSLASH && bytes[at + 1] !== 0;) {
    at = endOfPlain(bytes, at + 2);
  }
  return bytes[at] === BACKSLASH ? at + 1 : at;
}

function startsWith(bytes: Uint8Array, at: Pointer, word: string): boolean {
  for (let i = 0; i < word.length; i++) {
    if (bytes[at + i] !== word.charCodeAt(i)) return false;
  }
  return true;
}

/** Whether what begins here is a number for C, if it is one at all, but not for JSON. */
function isInvalid(bytes: Uint8Array, at: Pointer): boolean {
  if (bytes[at] === PLUS) return true;
  if (bytes[at] === MINUS) at++;
  if (bytes[at] === DIGIT_0) {
    const byte = bytes[at + 1];
    return (byte | 0x20) === 0x78 || byte >= DIGIT_0 && byte <= DIGIT_0 + 9;
  }
  const word = String.fromCharCode(bytes[at] | 0x20, bytes[at + 1] | 0x20, bytes[at + 2] | 0x20);
  return word === "inf" || word === "nan";
}
