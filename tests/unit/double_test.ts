import { assert, assertEquals } from "@std/assert";
import { formatDouble, parseDouble, readDouble } from "../../src/lib/double.ts";
import { rangeOf } from "../support/byte_ranges.ts";
import { type Chance, property } from "../support/property.ts";

const bits = new DataView(new ArrayBuffer(8));

/** Doubles of every size, short decimals, and whole numbers around the digits that a double holds. */
function someDouble(chance: Chance): number {
  return chance.pick([
    () => {
      bits.setInt32(0, chance.int32());
      bits.setInt32(4, chance.int32());
      const value = bits.getFloat64(0);
      return Number.isNaN(value) ? 0 : value;
    },
    () => chance.between(-9999, 9999) / 10 ** chance.below(8),
    () => Number(chance.int64()),
    () => chance.between(1, 9) * 10 ** chance.between(-8, 22),
  ])();
}

property(
  "a double is written so that it reads back the same, and with no more digits than that takes unless it is whole",
  { trials: 5000, size: 0 },
  (chance) => {
    const value = someDouble(chance);
    const text = formatDouble(value);
    if (!Number.isFinite(value)) return assertEquals(text, value > 0 ? "inf" : "-inf");
    assert(Object.is(Number(text), value), `${text} for ${value}`);
    const form = /^-?((0|[1-9]\d*)(\.\d*[1-9])?|[1-9](\.\d*[1-9])?e[+-]\d{1,3})$/;
    assert(form.test(text), `${text} for ${value}`);
    if (Number.isInteger(value) && Math.abs(value) <= 2 ** 62) return;
    const digits = text.replace(/e.*/, "").replace(/[-.]/g, "").replace(/^0+/, "");
    const needed = digits.replace(/0+$/, "").length;
    if (needed > 1) assert(Number(value.toPrecision(needed - 1)) !== value, `${text} is too long`);
  },
);

property(
  "a text is a double if it is a decimal or infinite, and its value the nearest one",
  { trials: 8000, size: 12 },
  (chance) => {
    const text = chance.oneIn(2)
      ? formatDouble(someDouble(chance))
      : chance.text(chance.size, "0015.-+e ") +
        chance.pick(["", "", "", "inf", "Infinity", "nan"]);
    const isDecimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text);
    const infinite = /^([+-]?)inf(inity)?$/i.exec(text);
    const value = isDecimal
      ? Number(text)
      : infinite === null
      ? NaN
      : infinite[1] === "-"
      ? -Infinity
      : Infinity;
    // What is too large is refused; what is too small for a double may be.
    if (value === 0 && /[1-9]/.test(text.replace(/e.*/i, ""))) return;
    const expected = isDecimal && !Number.isFinite(value) ? NaN : value;
    const { bytes, start, length } = rangeOf(text);
    assert(Object.is(readDouble(bytes, start, length), expected), `${text}: ${expected}`);
    assert(Object.is(parseDouble(text) ?? NaN, expected), `${text}: ${expected}`);
  },
);

Deno.test("formatDouble() writes an exponent where redis-server 7.2.6 does", () => {
  const texts = ["0.001", "0.00099", "9999.5", "10000.5", "123456.123456", "1.234561234567e+5"];
  texts.push("1.234512345678e+4", "9999999", "10000000", "12000000.5", "1234567890123.25");
  texts.push("123456789012345.5", "-0.5", "-10000.25", "1000000000000000", "0.1234567890123");
  for (const text of texts) assertEquals(formatDouble(Number(text)), text);
});
