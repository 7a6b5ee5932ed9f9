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

/** A finite number. The mantissa carries the sign. */
export interface LongDouble {
  readonly mantissa: bigint;
  readonly exponent: number;
}

const MANTISSA_BITS = 64;
const MAX_BINARY_EXPONENT = 16384;
const MIN_BINARY_EXPONENT = -16445;
/** Decimal exponents beyond this are surely out of range. */
const MAX_DECIMAL_EXPONENT = 6000;
const FRACTION_DIGITS = 17;

const DECIMAL = /^([+-]?)(?:([0-9]+)(?:\.([0-9]*))?|\.([0-9]+))(?:e([+-]?[0-9]+))?$/i;
const INFINITE = /^([+-]?)inf(inity)?$/i;

/** The number that a text spells in full; ±Infinity for those words; undefined if it spells none, or one out of range. */
export function parseLongDouble(text: string): LongDouble | number | undefined {
  const infinite = INFINITE.exec(text);
  if (infinite !== null) return infinite[1] === "-" ? -Infinity : Infinity;
  const match = DECIMAL.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = "", fraction = match[4] ?? "", , exponentText = "0"] = match;
  const digits = BigInt(whole + fraction);
  const power = Number(exponentText) - fraction.length;
  if (digits === 0n) return { mantissa: 0n, exponent: 0 };
  if (Math.abs(power) > MAX_DECIMAL_EXPONENT) return undefined;
  const value = power >= 0
    ? round(digits * 10n ** BigInt(power), 1n)
    : round(digits, 10n ** BigInt(-power));
  const size = bitLength(value.mantissa) + value.exponent;
  if (size > MAX_BINARY_EXPONENT || size < MIN_BINARY_EXPONENT) return undefined;
  return sign === "-" ? { ...value, mantissa: -value.mantissa } : value;
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

/** With up to 17 digits after the point and no zeros at the end. */
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
  if (numerator === 0n) return { mantissa: 0n, exponent: 0 };
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

function divideRounded(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  const twice = 2n * (numerator - quotient * denominator);
  const roundsUp = twice > denominator || twice === denominator && (quotient & 1n) === 1n;
  return roundsUp ? quotient + 1n : quotient;
}

function bitLength(value: bigint): number {
  return value === 0n ? 0 : (value < 0n ? -value : value).toString(2).length;
}
