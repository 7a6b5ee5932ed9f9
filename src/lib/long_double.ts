/**
 * The arithmetic of x86's 80-bit long double, as far as INCRBYFLOAT needs it: read a decimal, add, write with 17 digits after the
 * point. Redis computes in that format, and a JavaScript double would give other last digits (10.6 would come out as
 * 10.59999999999999964).
 *
 * A number is `mantissa * 2^exponent` with a mantissa of at most 64 bits; every operation rounds to nearest, ties to even, as the
 * processor does. On processors where C's long double has more bits (ARM: 113) Redis itself answers differently in the last digits.
 *
 * @module
 */
import { divideRounded, type HexFloat, parseHexFloat } from "./hex_float.ts";

/** A finite number. The mantissa carries the sign. */
export interface LongDouble {
  readonly mantissa: bigint;
  readonly exponent: number;
}

const ZERO: LongDouble = { mantissa: 0n, exponent: 0 };

const MANTISSA_BITS = 64;
const MAX_BINARY_EXPONENT = 16384;
const MIN_BINARY_EXPONENT = -16445;
/** A number with more digits before the point, or more zeros behind it, is out of range. */
const MAX_DECIMAL_EXPONENT = 6000;
/** Redis 7.2 reads no longer text. */
const MAX_TEXT = 5 * 1024 - 1;
const FRACTION_DIGITS = 17;

const DECIMAL = /^([+-]?)(?:([0-9]+)(?:\.([0-9]*))?|\.([0-9]+))(?:e([+-]?[0-9]+))?$/i;
const INFINITE = /^([+-]?)inf(inity)?$/i;

/**
 * The number that a text spells in full; an infinity if it is spelt in words; undefined if the text spells no number or one that is out of
 * range.
 */
export function parseLongDouble(text: string): LongDouble | number | undefined {
  if (text.length > MAX_TEXT) return undefined;
  const infinite = INFINITE.exec(text);
  if (infinite !== null) return infinite[1] === "-" ? -Infinity : Infinity;
  const hexadecimal = parseHexFloat(text);
  if (hexadecimal !== undefined) return fromHexFloat(hexadecimal);
  const match = DECIMAL.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = "", fraction = match[4] ?? "", , exponentText = "0"] = match;
  const written = (whole + fraction).replace(/^0+/, "");
  const digits = BigInt(written);
  const power = Number(exponentText) - fraction.length;
  if (digits === 0n) return ZERO;
  if (Math.abs(power + written.length) > MAX_DECIMAL_EXPONENT) return undefined;
  const value = power >= 0
    ? round(digits * 10n ** BigInt(power), 1n)
    : round(digits, 10n ** BigInt(-power));
  return withinRange(value, sign === "-");
}

function fromHexFloat({ isNegative, mantissa, exponent }: HexFloat): LongDouble | undefined {
  if (mantissa === 0n) return ZERO;
  const rounded = round(mantissa, 1n);
  return withinRange({ ...rounded, exponent: rounded.exponent + exponent }, isNegative);
}

function withinRange(value: LongDouble, isNegative: boolean): LongDouble | undefined {
  const size = bitLength(value.mantissa) + value.exponent;
  if (size > MAX_BINARY_EXPONENT || size < MIN_BINARY_EXPONENT) return undefined;
  return isNegative ? { ...value, mantissa: -value.mantissa } : value;
}

/** The product with a positive integer. */
export function multiplyLongDouble(value: LongDouble, factor: bigint): LongDouble {
  const { mantissa, exponent } = value;
  const rounded = round((mantissa < 0n ? -mantissa : mantissa) * factor, 1n);
  return {
    mantissa: mantissa < 0n ? -rounded.mantissa : rounded.mantissa,
    exponent: rounded.exponent + exponent,
  };
}

/** The smallest integer that is not below `value`. A value beyond `limit`, which is positive, gives the limit or its negation. */
export function ceilLongDouble({ mantissa, exponent }: LongDouble, limit: bigint): bigint {
  if (bitLength(mantissa) + exponent > bitLength(limit)) return mantissa < 0n ? -limit : limit;
  if (exponent >= 0) return mantissa << BigInt(exponent);
  if (bitLength(mantissa) + exponent < 0) return mantissa > 0n ? 1n : 0n;
  return -(-mantissa >> BigInt(-exponent));
}

/** The sum; not finite if an operand is not. */
export function addLongDoubles(
  a: LongDouble | number,
  b: LongDouble | number,
): LongDouble | number {
  if (typeof a === "number" || typeof b === "number") {
    return (typeof a === "number" ? a : 0) + (typeof b === "number" ? b : 0);
  }
  const exponent = Math.min(a.exponent, b.exponent);
  const sum = (a.mantissa << BigInt(a.exponent - exponent)) +
    (b.mantissa << BigInt(b.exponent - exponent));
  const rounded = round(sum < 0n ? -sum : sum, 1n);
  if (bitLength(rounded.mantissa) + rounded.exponent + exponent > MAX_BINARY_EXPONENT) {
    return sum < 0n ? -Infinity : Infinity;
  }
  return {
    mantissa: sum < 0n ? -rounded.mantissa : rounded.mantissa,
    exponent: rounded.exponent + exponent,
  };
}

/** Formats a number with up to 17 digits after the point and no zeros at the end. */
export function formatLongDouble(value: LongDouble): string {
  const isNegative = value.mantissa < 0n;
  const scaled = (isNegative ? -value.mantissa : value.mantissa) * 10n ** BigInt(FRACTION_DIGITS);
  const units = value.exponent >= 0
    ? scaled << BigInt(value.exponent)
    : divideRounded(scaled, 1n << BigInt(-value.exponent));
  const digits = units.toString().padStart(FRACTION_DIGITS + 1, "0");
  const whole = digits.slice(0, -FRACTION_DIGITS);
  const fraction = digits.slice(-FRACTION_DIGITS).replace(/0+$/, "");
  const text = fraction === "" ? whole : `${whole}.${fraction}`;
  return isNegative && units !== 0n ? `-${text}` : text;
}

/** The quotient of two positive numbers, rounded to the bits of a mantissa. */
function round(numerator: bigint, denominator: bigint): LongDouble {
  if (numerator === 0n) return ZERO;
  const exponent = bitLength(numerator) - bitLength(denominator) - MANTISSA_BITS;
  const shift = BigInt(Math.abs(exponent));
  const quotient = exponent > 0
    ? divideRounded(numerator, denominator << shift)
    : divideRounded(numerator << shift, denominator);
  // The quotient has 64 or 65 bits; with 65, round again from the exact value, not from the rounded one.
  if (bitLength(quotient) <= MANTISSA_BITS) return { mantissa: quotient, exponent };
  const wider = exponent + 1;
  const widerShift = BigInt(Math.abs(wider));
  return {
    mantissa: wider > 0
      ? divideRounded(numerator, denominator << widerShift)
      : divideRounded(numerator << widerShift, denominator),
    exponent: wider,
  };
}

function bitLength(value: bigint): number {
  return value === 0n ? 0 : (value < 0n ? -value : value).toString(2).length;
}
