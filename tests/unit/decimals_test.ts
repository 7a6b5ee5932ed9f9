/** Numbers in JSON: what is quick, compared with what is plain. */
import { assertEquals } from "@std/assert";
import { fromLatin1, latin1 } from "../../src/lib/bytes.ts";
import { read, readNumber, writeNumber } from "../../src/scripting/libraries/cjson_numbers.ts";
import { formatG } from "../../src/scripting/libraries/g_format.ts";
import { type Chance, property } from "../support/property.ts";

const bits = new DataView(new ArrayBuffer(8));

/** Any double; and often one of few digits, near a power of ten, or half-way between two decimals. */
function someDouble(chance: Chance): number {
  const tens = 10 ** chance.between(-25, 25);
  switch (chance.below(5)) {
    case 0:
      bits.setBigInt64(0, chance.int64());
      return bits.getFloat64(0);
    case 1:
      return chance.below(10 ** chance.between(1, 9)) * tens;
    case 2:
      return (1 + chance.between(-4, 4) * Number.EPSILON) * tens;
    case 3:
      return (chance.below(10 ** chance.between(1, 9)) + 0.5) * 2 ** chance.between(-8, 8);
    default:
      return Number(chance.int64()) * tens;
  }
}

property(
  "a number is written with as many digits as %g gives",
  { trials: 3000, size: 1 },
  (chance) => {
    const value = someDouble(chance);
    const precision = chance.between(1, 14);
    const bytes = new Uint8Array(32);
    const written = latin1(bytes, 0, writeNumber(bytes, 0, value, precision));
    assertEquals(written, formatG(value, precision), `${value} with ${precision} digits`);
  },
);

property("a decimal is read as the nearest double", { trials: 3000, size: 1 }, (chance) => {
  const value = someDouble(chance);
  if (!Number.isFinite(value)) return;
  const text = chance.pick([
    () => String(value),
    () => value.toPrecision(chance.between(1, 40)),
    () => value.toExponential(chance.between(0, 40)),
    () => value.toFixed(chance.between(0, 30)),
    () => `${value < 0 ? "-" : ""}000${Math.abs(value)}`,
    () =>
      `${chance.text(35, "0123456789")}0.${chance.text(35, "0123456789")}e${
        chance.between(-40, 40)
      }`,
  ])();
  readNumber(fromLatin1(`${text}\0`), 0);
  assertEquals({ ...read }, { value: Number(text), end: text.length }, text);
});

/** What C's printf gives. */
const PRINTED: readonly (readonly [value: number, precision: number, text: string])[] = [
  [2.5, 1, "2"],
  [3.5, 1, "4"],
  [0.25, 1, "0.2"],
  [9.5, 1, "1e+01"],
  [12345678901234.5, 14, "12345678901234"],
  [12345678901235.5, 14, "12345678901236"],
  [99999999999999.5, 14, "1e+14"],
  [0.0001, 14, "0.0001"],
  [0.00001, 14, "1e-05"],
  [5e-324, 14, "4.9406564584125e-324"],
  [1.7976931348623157e308, 14, "1.7976931348623e+308"],
  [100, 2, "1e+02"],
  [-0, 14, "-0"],
  [NaN, 14, "nan"],
  [-Infinity, 14, "-inf"],
];

Deno.test("formatG() rounds to the even digit where two are as near", () => {
  for (const [value, precision, text] of PRINTED) assertEquals(formatG(value, precision), text);
});
