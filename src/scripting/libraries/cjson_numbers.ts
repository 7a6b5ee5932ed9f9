/**
 * Numbers in JSON, written and read as cjson does it: it leaves both to C's library.
 *
 * @module
 */
import { latin1 } from "../../lib/bytes.ts";
import { parseHexFloat, roundHexFloat } from "../../lib/hex_float.ts";
import { MAX_POWER, nearestDouble, POWERS, rounded, roundToDigits } from "./decimals.ts";
import { formatG, MIN_PLAIN_EXPONENT } from "./g_format.ts";

/** The most digits that are written. */
export const MAX_PRECISION = 14;
/** No number is longer. */
export const MAX_NUMBER_BYTES = 32;

const DIGIT_0 = 0x30;
const PLUS = 0x2b;
const MINUS = 0x2d;
const POINT = 0x2e;
/** Added to a letter it makes it small. */
const SMALL = 0x20;
const LETTER_E = 0x65;
const LETTER_X = 0x78;
/** So many digits a double holds exactly, whichever they are. */
const EXACT_DIGITS = 15;

/** Writes a number with up to `precision` digits, and returns where it ends. There must be room for {@link MAX_NUMBER_BYTES}. */
export function writeNumber(
  bytes: Uint8Array,
  at: number,
  value: number,
  precision: number,
): number {
  if (value === (value | 0) && Math.abs(value) < POWERS[precision] && !Object.is(value, -0)) {
    return writeInteger(bytes, at, value);
  }
  if (roundToDigits(Math.abs(value), precision)) {
    if (value < 0) bytes[at++] = MINUS;
    return writeDigits(bytes, at, precision);
  }
  const text = formatG(value, precision);
  for (let i = 0; i < text.length; i++) bytes[at++] = text.charCodeAt(i);
  return at;
}

/** Digits of the number that is written. */
const digits = new Uint8Array(MAX_PRECISION);
/** Integers of so many digits are quick to divide. */
const QUICK_DIGITS = 7;

/** Writes the number that {@link rounded} holds as `%g` does, see `g_format.ts`. */
function writeDigits(bytes: Uint8Array, at: number, precision: number): number {
  const count = spellDigits(precision);
  const exponent = rounded.exponent + precision - 1;
  if (exponent < MIN_PLAIN_EXPONENT || exponent >= precision) {
    bytes[at++] = DIGIT_0 + digits[0];
    if (count > 1) bytes[at++] = POINT;
    for (let i = 1; i < count; i++) bytes[at++] = DIGIT_0 + digits[i];
    bytes[at++] = LETTER_E;
    bytes[at++] = exponent < 0 ? MINUS : PLUS;
    // Numbers that come here have two digits in their exponents.
    const size = Math.abs(exponent);
    bytes[at++] = DIGIT_0 + (size / 10 | 0);
    bytes[at++] = DIGIT_0 + size % 10;
    return at;
  }
  for (let i = Math.min(0, exponent); i < count || i <= exponent; i++) {
    bytes[at++] = DIGIT_0 + (i < 0 || i >= count ? 0 : digits[i]);
    if (i === exponent && i + 1 < count) bytes[at++] = POINT;
  }
  return at;
}

/** Puts the digits of {@link rounded} into {@link digits}, and returns how many there are without zeros at the end. */
function spellDigits(precision: number): number {
  if (rounded.digits === POWERS[precision]) {
    rounded.digits = POWERS[precision - 1];
    rounded.exponent++;
  }
  const high = Math.floor(rounded.digits / POWERS[QUICK_DIGITS]);
  let low = rounded.digits - high * POWERS[QUICK_DIGITS];
  let count = 0;
  for (let i = precision - 1; i >= 0; i--) {
    if (precision - 1 - i === QUICK_DIGITS) low = high;
    const rest = low / 10 | 0;
    digits[i] = low - 10 * rest;
    low = rest;
    if (count === 0 && digits[i] > 0) count = i + 1;
  }
  return count;
}

function writeInteger(bytes: Uint8Array, at: number, value: number): number {
  if (value < 0) {
    bytes[at++] = MINUS;
    value = -value;
  }
  let end = at + 1;
  for (let bound = 10; value >= bound; bound *= 10) end++;
  for (let digit = end; digit > at;) {
    const rest = value / 10 | 0;
    bytes[--digit] = DIGIT_0 + value - 10 * rest;
    value = rest;
  }
  return end;
}

/** The last number that was read. */
export const read = {
  /** Its value. */
  value: 0,
  /** Where it ends. */
  end: 0,
};

/**
 * Reads a number as C's `strtod`, of bytes behind which there is a zero: decimal, hexadecimal, infinite, or none. The result is in {@link read};
 * if no number begins there its end is `start`.
 */
export function readNumber(bytes: Uint8Array, start: number): void {
  const isNegative = bytes[start] === MINUS;
  const first = isNegative || bytes[start] === PLUS ? start + 1 : start;
  const isUsual = bytes[first] <= DIGIT_0 + 9 &&
    !(bytes[first] === DIGIT_0 && isX(bytes[first + 1]));
  if (isUsual) readDecimal(bytes, start, first);
  else readUnusual(bytes, start, first);
  if (isNegative) read.value = -read.value;
}

function readDecimal(bytes: Uint8Array, start: number, first: number): void {
  let high = 0;
  let low = 0;
  let count = 0;
  let point = -1;
  let at = first;
  for (;; at++) {
    const digit = bytes[at] - DIGIT_0;
    if (digit >= 0 && digit <= 9) {
      if (count < EXACT_DIGITS) high = high * 10 + digit;
      else low = low * 10 + digit;
      // Zeros in front do not count.
      if (high > 0) count++;
    } else if (point < 0 && bytes[at] === POINT) point = at;
    else break;
  }
  if (at - first === (point < 0 ? 0 : 1)) return none(start);
  const end = endOfExponent(bytes, at);
  const written = end > at ? exponentOf(bytes, at, end) : 0;
  read.end = end;
  read.value = decimal(high, low, count, written - (point < 0 ? 0 : at - point - 1));
  if (read.value !== read.value) read.value = Number(latin1(bytes, first, end - first));
}

/** The double nearest to so many digits, with an exponent; not a number if that is not sure. */
function decimal(high: number, low: number, count: number, exponent: number): number {
  if (count <= EXACT_DIGITS && exponent <= MAX_POWER && exponent >= -MAX_POWER) {
    // Both are exact, so this is rounded once, as it should be.
    return exponent < 0 ? high / POWERS[-exponent] : high * POWERS[exponent];
  }
  if (count > 2 * EXACT_DIGITS) return NaN;
  return nearestDouble(high, Math.max(0, count - EXACT_DIGITS), low, exponent);
}

const isX = (byte: number) => (byte | SMALL) === LETTER_X;

function none(start: number): void {
  read.value = 0;
  read.end = start;
}

/** Where an exponent ends that begins at `at`; `at` if none does. */
function endOfExponent(bytes: Uint8Array, at: number): number {
  if ((bytes[at] | SMALL) !== LETTER_E) return at;
  const sign = bytes[at + 1];
  const first = sign === PLUS || sign === MINUS ? at + 2 : at + 1;
  let end = first;
  while (bytes[end] >= DIGIT_0 && bytes[end] <= DIGIT_0 + 9) end++;
  return end === first ? at : end;
}

function exponentOf(bytes: Uint8Array, at: number, end: number): number {
  const isNegative = bytes[at + 1] === MINUS;
  let value = 0;
  for (let i = at + 1; i < end; i++) {
    const digit = bytes[i] - DIGIT_0;
    if (digit >= 0) value = value * 10 + digit;
  }
  return isNegative ? -value : value;
}

const UNUSUAL = /^(?:inf(?:inity)?|nan(?:\([a-z0-9_]*\))?)/i;
const HEXADECIMAL = /^0x(?:[0-9a-f]+(?:\.[0-9a-f]*)?|\.[0-9a-f]+)(?:p[+-]?[0-9]+)?/i;

/** Infinity, "nan" and hexadecimal numbers. */
function readUnusual(
  bytes: Uint8Array,
  start: number,
  first: number,
): void {
  let end = first;
  while (bytes[end] >= PLUS && bytes[end] < 0x7b || bytes[end] === 0x28 || bytes[end] === 0x29) {
    end++;
  }
  const text = latin1(bytes, first, end - first);
  const word = UNUSUAL.exec(text)?.[0];
  const hexadecimal = HEXADECIMAL.exec(text)?.[0];
  if (word !== undefined) {
    read.value = /^n/i.test(word) ? NaN : Infinity;
    read.end = first + word.length;
  } else if (hexadecimal !== undefined) {
    read.value = roundHexFloat(parseHexFloat(hexadecimal)!);
    read.end = first + hexadecimal.length;
  } else if (bytes[first] === DIGIT_0) {
    read.value = 0;
    read.end = first + 1;
  } else none(start);
}
