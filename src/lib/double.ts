/**
 * Doubles as text, the way Redis reads and writes them.
 *
 * @module
 */

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
