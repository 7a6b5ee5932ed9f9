import { assert, assertEquals } from "@std/assert";
import {
  addLongDoubles,
  formatLongDouble,
  type LongDouble,
  parseLongDouble,
} from "../../src/lib/long_double.ts";
import { type Chance, property } from "../support/property.ts";

/** An exact fraction. */
type Fraction = readonly [numerator: bigint, denominator: bigint];

const power = (base: bigint, exponent: number) => base ** BigInt(exponent);
const absolute = (value: bigint) => value < 0n ? -value : value;

const exact = ({ mantissa, exponent }: LongDouble): Fraction =>
  exponent >= 0 ? [mantissa * power(2n, exponent), 1n] : [mantissa, power(2n, -exponent)];

const sum = ([a, b]: Fraction, [c, d]: Fraction): Fraction => [a * d + c * b, b * d];

/** A decimal of up to 25 digits and the fraction that it is. */
function someDecimal(chance: Chance): [text: string, value: Fraction] {
  const sign = chance.pick(["", "-", "+"]);
  const whole = chance.text(12, "0123456789");
  const fraction = chance.text(13, chance.pick(["0123456789", "05"]));
  const exponent = chance.oneIn(2) ? 0 : chance.between(-30, 30);
  const digits = whole + fraction;
  if (digits === "") return ["0", [0n, 1n]];
  const point = fraction === "" ? chance.pick(["", whole === "" ? "" : "."]) : ".";
  const text = sign + whole + point + fraction +
    (exponent === 0 ? "" : chance.pick(["e", "E"]) + exponent);
  const value = BigInt(digits) * (sign === "-" ? -1n : 1n);
  const scale = exponent - fraction.length;
  return [text, scale >= 0 ? [value * power(10n, scale), 1n] : [value, power(10n, -scale)]];
}

/** Fails unless no other number with a mantissa of 64 bits is nearer to a fraction; of two as near, the even one counts. */
function assertIsNearest(found: LongDouble, [numerator, denominator]: Fraction): void {
  const { mantissa, exponent } = found;
  assert(absolute(mantissa) <= 2n ** 64n, "more than 64 bits");
  const [n, d] = exact(found);
  const distance = absolute(n * denominator - numerator * d);
  if (distance === 0n) return;
  assert(absolute(mantissa) >= 2n ** 63n, "fewer than 64 bits, and not exact");
  // Half the distance to the next, as a fraction over d * denominator.
  const [u, v] = exact({ mantissa: 1n, exponent });
  const half = u * d * denominator;
  assert(2n * distance * v <= half, "not the nearest");
  if (2n * distance * v === half) assertEquals(mantissa & 1n, 0n, "of two as near not the even");
}

const parse = (text: string) => {
  const value = parseLongDouble(text);
  assert(typeof value === "object", text);
  return value;
};

property("a decimal becomes the nearest long double", { trials: 1500, size: 0 }, (chance) => {
  const [text, value] = someDecimal(chance);
  assertIsNearest(parse(text), value);
});

property(
  "a sum is the nearest long double to the exact one",
  { trials: 1500, size: 0 },
  (chance) => {
    const [[first], [second]] = [someDecimal(chance), someDecimal(chance)];
    const [a, b] = [parse(first), parse(second)];
    const total = addLongDoubles(a, b);
    assert(typeof total === "object");
    assertIsNearest(total, sum(exact(a), exact(b)));
  },
);

property(
  "a long double is written to the nearest of 17 digits after the point, without zeros behind it",
  { trials: 1500, size: 0 },
  (chance) => {
    const value = parse(someDecimal(chance)[0]);
    const text = formatLongDouble(value);
    const match = /^(-?)(0|[1-9]\d*)(?:\.(\d{0,16}[1-9]))?$/.exec(text);
    assert(match !== null, text);
    const [, sign, whole, fraction = ""] = match;
    const units = BigInt(whole + fraction.padEnd(17, "0")) * (sign === "-" ? -1n : 1n);
    const [n, d] = exact(value);
    assert(2n * absolute(n * 10n ** 17n - units * d) <= d, text);
    assert(units !== 0n || sign === "", "minus zero");
  },
);

property(
  "what is no number in full is none",
  { trials: 3000, size: 8 },
  (chance) => {
    const text = chance.text(chance.size, "019.-+e ") + chance.pick(["", "", "inf", "INFINITY"]);
    const isDecimal = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text);
    const infinite = /^([+-]?)inf(inity)?$/i.exec(text);
    const value = parseLongDouble(text);
    if (infinite !== null) assertEquals(value, infinite[1] === "-" ? -Infinity : Infinity);
    else if (!isDecimal) assertEquals(value, undefined, text);
    else assert(value === undefined || typeof value === "object", text);
  },
);
