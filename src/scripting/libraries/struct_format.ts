/**
 * Formats of the library `struct`, read an option at a time.
 *
 *     >  <        big, little endian from here on (little at first)
 *     ![n]        align to n bytes at most, a power of two, from here on (8 if no n is given; 1 at first: not at all)
 *     x           a byte of padding
 *     b h l i[n]  a signed integer of 1, 2, 8, n bytes (4 if no n is given, at most 32)
 *     B H L I[n]  an unsigned one; T is L
 *     f d         a float, a double
 *     c[n]        n bytes (1 if no n is given); 0 is all of the string, or as many as the integer before has told
 *     s           bytes with a zero behind them
 *
 * @module
 */
import type { Lua } from "../lua.ts";
import type { Pointer } from "../lua_engine.ts";

const MAX_INTEGER_BYTES = 32;
const INTEGER_BYTES = 4;
const DEFAULT_ALIGNMENT = 8;
const INT_MAX = 2 ** 31 - 1;
const DIGIT_0 = 0x30;
const SMALL_A = 0x61;

/** What an option is about. */
export const Kind = {
  /** Nothing that takes bytes; or there is no such option. */
  Control: 0,
  Padding: 1,
  Integer: 2,
  Float: 3,
  Double: 4,
  /** The option c. */
  Bytes: 5,
  /** The option s. */
  Text: 6,
} as const;

/** The kinds of options, by their bytes, and their sizes. */
const KINDS = new Uint8Array(256);
const SIZES = new Uint8Array(256);

function define(options: string, kind: number, size: number): void {
  for (const option of options) {
    KINDS[option.charCodeAt(0)] = kind;
    SIZES[option.charCodeAt(0)] = size;
  }
}

define("x", Kind.Padding, 1);
define("bB", Kind.Integer, 1);
define("hH", Kind.Integer, 2);
define("lLT", Kind.Integer, 8);
define("iI", Kind.Integer, INTEGER_BYTES);
define("f", Kind.Float, 4);
define("d", Kind.Double, 8);
define("c", Kind.Bytes, 1);
define("s", Kind.Text, 0);

const LETTER_C = 0x63;
const LETTER_I = 0x69;
const CAPITAL_I = 0x49;

/** Walks the options of the format that is argument 1. */
export class StructFormat {
  /** The {@link Kind} of the option that was read last. */
  kind: number = Kind.Control;
  /** How many bytes it takes; 0 if that is yet to be seen, or if it takes none. */
  size = 0;
  /** Whether integers and numbers are in big endian here. */
  isBigEndian = false;
  #lua!: Lua;
  #alignment = 1;
  #at: Pointer = 0;
  #option = 0;

  /** Begins with argument 1, which ends at a zero as everything that C reads. */
  begin(lua: Lua): void {
    this.#lua = lua;
    this.#at = lua.checkBytes(1).start;
    this.#alignment = 1;
    this.isBigEndian = false;
  }

  /** Reads an option; false at the end. */
  next(): boolean {
    const option = this.#lua.engine.bytes[this.#at];
    if (option === 0) return false;
    this.#at++;
    this.#option = option;
    this.kind = KINDS[option];
    this.size = SIZES[option];
    if (option === LETTER_C) this.size = this.#readNumber(this.size);
    else if (option === LETTER_I || option === CAPITAL_I) this.#readIntegerSize();
    return true;
  }

  /** How many bytes of padding come before the option if it stands at `position`. */
  paddingAt(position: number): number {
    if (this.size === 0 || this.kind === Kind.Bytes) return 0;
    const unit = Math.min(this.size, this.#alignment);
    return unit - (position & unit - 1) & unit - 1;
  }

  /** Whether the option is an integer that may be negative. */
  get isSigned(): boolean {
    return this.#option >= SMALL_A;
  }

  /** Whether the option is an ASCII letter or a digit. */
  get isAlphanumeric(): boolean {
    return /[A-Za-z0-9]/.test(String.fromCharCode(this.#option));
  }

  /** Obeys an option that takes no bytes; raises an error if there is no such option. */
  obey(): void {
    switch (String.fromCharCode(this.#option)) {
      case " ":
        return;
      case ">":
        this.isBigEndian = true;
        return;
      case "<":
        this.isBigEndian = false;
        return;
      case "!":
        this.#alignment = this.#readNumber(DEFAULT_ALIGNMENT);
        if (!isPowerOfTwo(this.#alignment)) {
          this.#lua.raise(`alignment ${this.#alignment} is not a power of 2`);
        }
        return;
      default: {
        const option = String.fromCharCode(this.#option);
        this.#lua.raiseArgument(1, `invalid format option '${option}'`);
      }
    }
  }

  #readIntegerSize(): void {
    this.size = this.#readNumber(INTEGER_BYTES);
    if (this.size <= MAX_INTEGER_BYTES) return;
    this.#lua.raise(`integral size ${this.size} is larger than limit of ${MAX_INTEGER_BYTES}`);
  }

  #readNumber(missing: number): number {
    const { bytes } = this.#lua.engine;
    const begin = this.#at;
    let number = 0;
    for (;; this.#at++) {
      const digit = bytes[this.#at] - DIGIT_0;
      if (!(digit >= 0 && digit <= 9)) break;
      number = number * 10 + digit;
      if (number > INT_MAX) this.#lua.raise("integral size overflow");
    }
    return this.#at === begin ? missing : number;
  }
}

function isPowerOfTwo(number: number): boolean {
  return number > 0 && (number & number - 1) === 0;
}
