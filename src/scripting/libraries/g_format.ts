/**
 * Numbers as C's `%.*g` writes them: so many significant digits at most, no zeros at the end, and an exponent when the number is small or has
 * more digits before the point.
 *
 * @module
 */

/** With smaller exponents than this a number is written with its exponent. */
export const MIN_PLAIN_EXPONENT = -4;
/** Digits that tell a number that is exactly half-way between two roundings from one that only seems to be: JavaScript gives no more. */
const ALL_DIGITS = 100;
/** Smaller numbers have fewer digits of their own than C writes. */
const LEAST_NORMAL = 2 ** -1022;

/** The text of a number with up to `precision` digits, 15 at most. */
export function formatG(value: number, precision: number): string {
  if (value !== value) return "nan";
  if (value === Infinity || value === -Infinity) return value > 0 ? "inf" : "-inf";
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const sign = value < 0 ? "-" : "";
  const [mantissa, exponentText] = round(Math.abs(value), precision).split("e");
  const digits = mantissa.replace(".", "").replace(/0+$/, "");
  const exponent = Number(exponentText);
  if (exponent < MIN_PLAIN_EXPONENT || exponent >= precision) {
    const size = String(Math.abs(exponent)).padStart(2, "0");
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : "";
    return `${sign}${digits[0]}${fraction}e${exponent < 0 ? "-" : "+"}${size}`;
  }
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  return digits.length > exponent + 1
    ? `${sign}${whole}.${digits.slice(exponent + 1)}`
    : sign + whole;
}

/** With an exponent, rounded to the nearest; where two are as near C takes the even one, and JavaScript the larger. */
function round(value: number, precision: number): string {
  if (value < LEAST_NORMAL) return value.toExponential(precision - 1);
  const shortest = value.toExponential();
  // A number that is half-way has one digit more, a 5.
  const digits = shortest.indexOf("e") - (shortest[1] === "." ? 1 : 0);
  if (digits <= precision) return shortest;
  const rounded = value.toExponential(precision - 1);
  if (digits !== precision + 1 || shortest[shortest.indexOf("e") - 1] !== "5") return rounded;
  const exact = value.toExponential(ALL_DIGITS);
  const rest = exact.slice(precision + 1, exact.indexOf("e"));
  return /^50*$/.test(rest) ? even(shortest, rounded) : rounded;
}

/** Of the number without its last digit and the one that was rounded up, that whose last digit is even. */
function even(shortest: string, rounded: string): string {
  const end = shortest.indexOf("e");
  const down = shortest.slice(0, end - 1).replace(/\.$/, "");
  return Number(down.at(-1)) % 2 === 0 ? down + shortest.slice(end) : rounded;
}
