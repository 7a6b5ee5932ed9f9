/**
 * Hexadecimal numbers with fractions, as C reads them: `0x10`, `0x.8`, `0x1.8p3`.
 *
 * @module
 */

/** The exact number `mantissa * 2^exponent`, with its sign apart. */
export interface HexFloat {
  readonly isNegative: boolean;
  readonly mantissa: bigint;
  readonly exponent: number;
}

const HEXADECIMAL = /^([+-]?)0x(?=\.?[0-9a-f])([0-9a-f]*)(?:\.([0-9a-f]*))?(?:p([+-]?[0-9]+))?$/i;
const BITS_PER_DIGIT = 4;

/** The number that a text spells in full, or undefined. */
export function parseHexFloat(text: string): HexFloat | undefined {
  const match = HEXADECIMAL.exec(text);
  if (match === null) return undefined;
  const [, sign, whole, fraction = "", exponent = "0"] = match;
  return {
    isNegative: sign === "-",
    mantissa: BigInt(`0x${whole}${fraction}`),
    exponent: Number(exponent) - BITS_PER_DIGIT * fraction.length,
  };
}

const MANTISSA_BITS = 53;
const MIN_EXPONENT = -1074;
const MAX_SIZE = 1024;

/** The nearest double, ties to even; infinite or zero if the number is out of range. */
export function roundHexFloat({ isNegative, mantissa, exponent }: HexFloat): number {
  const sign = isNegative ? -1 : 1;
  const bits = mantissa === 0n ? 0 : mantissa.toString(2).length;
  const size = bits + exponent;
  if (bits === 0 || size < MIN_EXPONENT) return sign * 0;
  if (size > MAX_SIZE) return sign * Infinity;
  const unit = Math.max(size - MANTISSA_BITS, MIN_EXPONENT);
  const units = exponent >= unit
    ? mantissa << BigInt(exponent - unit)
    : divideRounded(mantissa, 1n << BigInt(unit - exponent));
  return sign * Number(units) * 2 ** unit;
}

/** The quotient of two positive numbers, rounded to the nearest, ties to even. */
export function divideRounded(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  const twice = 2n * (numerator - quotient * denominator);
  const roundsUp = twice > denominator || twice === denominator && (quotient & 1n) === 1n;
  return roundsUp ? quotient + 1n : quotient;
}
