/**
 * Doubles and decimals of up to about 17 digits, converted without text: exactly rounded, by arithmetic with pairs of doubles.
 *
 * The product of two doubles is the sum of two: the rounded product, and what the rounding has left out. So is what a division by a power of
 * ten leaves. Where such a pair does not decide how to round, or where a power of ten is no double, the functions say so.
 *
 * @module
 */

/** Powers of ten that a double holds exactly. */
export const POWERS: readonly number[] = Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));
/** The exponent of the largest of them. */
export const MAX_POWER = POWERS.length - 1;
/** Splits a double into two of half as many bits. */
const SPLITTER = 2 ** 27 + 1;
/** What a quotient of two pairs may be wrong by, of its size; a few times as much, to be sure. */
const ERROR = 2 ** -98;

/** What the rounding of `a * b` to `product` has left out; exact unless the numbers are near the largest or the smallest. */
function leftOut(a: number, b: number, product: number): number {
  const ta = SPLITTER * a;
  const aHigh = ta - (ta - a);
  const aLow = a - aHigh;
  const tb = SPLITTER * b;
  const bHigh = tb - (tb - b);
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

/**
 * The double nearest to `(high * 10^power + low) * 10^exponent`; not a number if that is not sure. The three parts are whole: `high` and `low`
 * below 2^53, `power` up to 15.
 */
export function nearestDouble(high: number, power: number, low: number, exponent: number): number {
  if (exponent > MAX_POWER || exponent < -MAX_POWER) return NaN;
  // The whole number as a pair.
  const shifted = high * POWERS[power];
  const rest = leftOut(high, POWERS[power], shifted) + low;
  const whole = shifted + rest;
  const wholeRest = shifted - whole + rest;
  const scale = POWERS[Math.abs(exponent)];
  let value: number;
  let valueRest: number;
  if (exponent < 0) {
    value = whole / scale;
    const back = value * scale;
    valueRest = (whole - back - leftOut(value, scale, back) + wholeRest) / scale;
  } else {
    value = whole * scale;
    valueRest = leftOut(whole, scale, value) + wholeRest * scale;
  }
  const error = value * ERROR;
  const nearest = value + (valueRest + error);
  return nearest === value + (valueRest - error) ? nearest : NaN;
}

/** The last number that {@link roundToDigits} has made: `digits * 10^exponent`. */
export const rounded = {
  digits: 0,
  exponent: 0,
};

/** Rounds a number that is not negative to so many digits, up to 15, to the even one of two that are as near; in {@link rounded}. False if it is too large or too small for that, or none. */
export function roundToDigits(value: number, precision: number): boolean {
  let exponent = Math.floor(Math.log10(value)) + 1 - precision;
  // The logarithm may be one off, near powers of ten.
  for (let attempt = 0; attempt < 2; attempt++) {
    if (!(Math.abs(exponent) <= MAX_POWER)) return false;
    const scale = POWERS[Math.abs(exponent)];
    const scaled = exponent > 0 ? value / scale : value * scale;
    const floor = Math.floor(scaled);
    if (floor >= POWERS[precision]) exponent++;
    else if (floor < POWERS[precision - 1]) exponent--;
    else {
      const back = exponent > 0 ? scaled * scale : 0;
      const rest = exponent > 0
        ? value - back - leftOut(scaled, scale, back)
        : leftOut(value, scale, scaled);
      rounded.digits = roundHalf(floor, scaled - floor - 0.5, rest);
      rounded.exponent = exponent;
      return true;
    }
  }
  return false;
}

/** `floor` or one more: as the distance from the middle between them is below zero or above, or else as `rest` is. */
function roundHalf(floor: number, distance: number, rest: number): number {
  const direction = distance === 0 ? rest : distance;
  if (direction < 0 || direction === 0 && floor % 2 === 0) return floor;
  return floor + 1;
}
