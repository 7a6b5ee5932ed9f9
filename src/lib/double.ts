/**
 * Doubles as text, the way Redis reads and writes them.
 *
 * @module
 */
import { latin1 } from "./bytes.ts";

/** The shortest decimal that reads back as the same double, in the form of C's `%.17g`: 3, 0.1, 1e+20, inf, -inf, nan. */
export function formatDouble(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (value === Infinity) return "inf";
  if (value === -Infinity) return "-inf";
  if (Object.is(value, -0)) return "-0";
  if (Number.isInteger(value) && Math.abs(value) < 1e17) return value.toFixed(0);
  const [mantissa, exponent] = value.toExponential().split("e");
  const power = Number(exponent);
  if (power < -4 || power >= 17) {
    const sign = power < 0 ? "-" : "+";
    return `${mantissa}e${sign}${String(Math.abs(power)).padStart(2, "0")}`;
  }
  const isNegative = mantissa.startsWith("-");
  const digits = mantissa.replace("-", "").replace(".", "");
  const text = power < 0
    ? `0.${"0".repeat(-power - 1)}${digits}`
    : digits.length <= power + 1
    ? digits.padEnd(power + 1, "0")
    : `${digits.slice(0, power + 1)}.${digits.slice(power + 1)}`;
  return isNegative ? `-${text}` : text;
}

/** Digits of a whole number that a double always holds exactly. */
const EXACT_DIGITS = 15;
/** Powers of ten that a double holds exactly, as far as they are of use. */
const POWERS = Array.from({ length: EXACT_DIGITS + 1 }, (_, i) => 10 ** i);

/**
 * The double that the bytes spell, as {@link parseDouble}; not a number if they spell none. Short decimals, which is nearly all, are read
 * without making a text: an exact whole number divided by an exact power of ten is rounded once, as it should be.
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
  // Anything else, such as a point without digits behind it, is for the full grammar.
  if (!isShort || at < end || fraction === 0) {
    return parseDouble(latin1(bytes, start, length)) ?? NaN;
  }
  if (fraction > 0) value /= POWERS[fraction];
  return isNegative ? -value : value;
}

const DECIMAL = /^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?$/i;
const INFINITE = /^([+-]?)inf(inity)?$/i;

/** The double that a text spells in full, or undefined. Not a number is never accepted. */
export function parseDouble(text: string): number | undefined {
  if (DECIMAL.test(text)) {
    const value = Number(text);
    return Number.isFinite(value) ? value : undefined;
  }
  const infinite = INFINITE.exec(text);
  if (infinite === null) return undefined;
  return infinite[1] === "-" ? -Infinity : Infinity;
}
