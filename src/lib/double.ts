/**
 * Doubles as text, the way Redis 7.2 reads and writes them.
 *
 * @module
 */
import { cText, latin1 } from "./bytes.ts";
import { parseHexFloat, roundHexFloat } from "./hex_float.ts";

/** Whole numbers up to this are written with all their digits. */
const MAX_WHOLE = 2 ** 62;

/**
 * A decimal that reads back as the same double, in Redis's form: 3, 0.1, 1e-7, 1e+20, inf, -inf, nan. It has as few digits as possible;
 * Redis 7.2 writes one digit or more too many for about one double in two thousand.
 */
export function formatDouble(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) <= MAX_WHOLE) {
    if (Object.is(value, -0)) return "-0";
    return Number.isSafeInteger(value) ? value.toFixed(0) : BigInt(value).toString();
  }
  return formatShortest(value);
}

/** With more zeros at the end a number is written with an exponent. */
const MAX_ZEROS = 7;
/** With up to this many digits behind the point a number is written without an exponent. */
const MAX_FRACTION = 6;
/** Below this magnitude (in powers of ten) any number of digits behind the point is written out. */
const NEAR_ONE = 4;

/**
 * As {@link formatDouble}, but whole numbers get no more digits than other numbers. Redis 7.2 writes scores into its append-only file this
 * way.
 */
export function formatShortest(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const simple = String(value);
  if (isInRedisForm(value, simple)) return simple;
  const [mantissa, exponent] = Math.abs(value).toExponential().split("e");
  const sign = value < 0 ? "-" : "";
  const power = Number(exponent);
  const digits = mantissa.replace(".", "");
  const zeros = power + 1 - digits.length;
  if (zeros >= 0 && zeros <= MAX_ZEROS) return sign + digits + "0".repeat(zeros);
  if (zeros < 0 && (-zeros <= MAX_FRACTION || Math.abs(power) < NEAR_ONE)) {
    return power < 0
      ? `${sign}0.${"0".repeat(-power - 1)}${digits}`
      : `${sign}${digits.slice(0, power + 1)}.${digits.slice(power + 1)}`;
  }
  return `${sign}${mantissa}e${power < 0 ? "" : "+"}${power}`;
}

/** Whether JavaScript's own text of a number, which is quicker to make, is sure to be in Redis's form. */
function isInRedisForm(value: number, text: string): boolean {
  const magnitude = Math.abs(value);
  if (magnitude < 10 ** (1 - NEAR_ONE) || magnitude >= 10 ** DIGITS_OF_BOTH) return false;
  if (magnitude < 10 ** NEAR_ONE) return true;
  const point = text.indexOf(".");
  return point < 0 ? magnitude < 10 ** MAX_ZEROS : text.length - point - 1 <= MAX_FRACTION;
}

/** JavaScript and Redis both write out this many digits before the point. */
const DIGITS_OF_BOTH = 15;
const DIGITS = 17;

/** Formats a number with 17 digits, without zeros at the end, as C's `%.17g` does. */
export function formatDigits(value: number): string {
  if (!Number.isFinite(value) || value === 0) return formatShortest(value);
  const [mantissa, exponent] = value.toExponential(DIGITS - 1).split("e");
  const power = Number(exponent);
  if (power < -4 || power >= DIGITS) {
    const size = String(Math.abs(power)).padStart(2, "0");
    return `${withoutZeros(mantissa)}e${power < 0 ? "-" : "+"}${size}`;
  }
  return withoutZeros(value.toFixed(DIGITS - 1 - power));
}

const withoutZeros = (text: string) => text.includes(".") ? text.replace(/\.?0+$/, "") : text;

/** A double holds every whole number of this many digits exactly. */
const EXACT_DIGITS = 15;
/** The powers of ten that are needed here; a double holds each exactly. */
const POWERS = Array.from({ length: EXACT_DIGITS + 1 }, (_, i) => 10 ** i);

/**
 * The double that the bytes spell, as {@link parseDouble} reads it; NaN if they spell none. Short decimals, which are nearly all, are read
 * without making a text: dividing an exact whole number by an exact power of ten rounds once, as it should.
 */
export function readDouble(bytes: Uint8Array, start: number, length: number): number {
  const isNegative = length > 0 && bytes[start] === 0x2d;
  let at = isNegative ? start + 1 : start;
  const end = start + length;
  let value = 0;
  let fraction = -1;
  const isShort = end > at && end - at <= EXACT_DIGITS;
  for (; isShort && at < end; at++) {
    const digit = bytes[at] - 0x30;
    if (digit >= 0 && digit <= 9) {
      value = value * 10 + digit;
      if (fraction >= 0) fraction++;
    } else if (bytes[at] === 0x2e && fraction < 0) fraction = 0;
    else break;
  }
  // The full grammar reads everything else, such as a point without digits behind it.
  if (!isShort || at < end || fraction === 0) {
    return parseDouble(latin1(bytes, start, length)) ?? NaN;
  }
  if (fraction > 0) value /= POWERS[fraction];
  return isNegative ? -value : value;
}

const DECIMAL = /^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?$/i;
const INFINITE = /^([+-]?)inf(inity)?$/i;
const NOT_ZERO = /^[+-]?(0x[0.]*[1-9a-f]|[0.]*[1-9])/i;
const STARTS_AS_NUMBER = /^[+-]?[0-9.]/;
const SPACES = /^[ \t-\r]+/;

/**
 * The double that a text spells in full, or undefined: decimal or hexadecimal, or infinite in words. NaN is never accepted, nor is a number
 * that is beyond the largest double or rounds to zero.
 */
export function parseDouble(text: string): number | undefined {
  const value = nearestDouble(text);
  if (value === Infinity || value === -Infinity) {
    return STARTS_AS_NUMBER.test(text) ? undefined : value;
  }
  return value === 0 && NOT_ZERO.test(text) ? undefined : value;
}

/**
 * As {@link parseDouble} with the leniency of C's strtod: spaces may come first, a NUL byte ends the text, an empty one is 0. A number that
 * is too large becomes infinite and one that is too small becomes 0, unless `refusesOutOfRange` is set.
 */
export function parseLenientDouble(text: string, refusesOutOfRange = false): number | undefined {
  const read = cText(text);
  if (read === "") return 0;
  const number = read.replace(SPACES, "");
  return refusesOutOfRange ? parseDouble(number) : nearestDouble(number);
}

function nearestDouble(text: string): number | undefined {
  if (DECIMAL.test(text)) return Number(text);
  const infinite = INFINITE.exec(text);
  if (infinite !== null) return infinite[1] === "-" ? -Infinity : Infinity;
  const hexadecimal = parseHexFloat(text);
  return hexadecimal === undefined ? undefined : roundHexFloat(hexadecimal);
}

/** Formats a number with `digits` digits after the point, as C's `%.*f` does. */
export function formatFixed(value: number, digits: number): string {
  if (!Number.isFinite(value)) return formatDouble(value);
  if (Math.abs(value) < 1e21) {
    return Object.is(value, -0) ? `-${(0).toFixed(digits)}` : value.toFixed(digits);
  }
  return `${BigInt(value)}.${"0".repeat(digits)}`;
}
