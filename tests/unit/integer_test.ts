import { assertEquals } from "@std/assert";
import { latin1 } from "../../src/lib/bytes.ts";
import { parseBigInt64, parseInteger, writeInteger } from "../../src/lib/integer.ts";
import { rangeOf } from "../support/byte_ranges.ts";
import { property } from "../support/property.ts";

property(
  "a text is an integer if it is written as one is, and fits 64 bits",
  { trials: 6000, size: 22 },
  (chance) => {
    const text = chance.pick([
      () => String(chance.int64()),
      // Around the limits and beyond them.
      () => String((chance.oneIn(2) ? 1n : -1n) * (2n ** 63n + BigInt(chance.between(-2, 2)))),
      () => chance.text(chance.size, "0123456789"),
      () => chance.text(Math.min(4, chance.size), "0129-+ .e"),
    ])();
    const isWritten = /^(0|-?[1-9][0-9]*)$/.test(text);
    const value = isWritten ? BigInt(text) : undefined;
    const fits = value !== undefined && BigInt.asIntN(64, value) === value;
    const { bytes, start, length } = rangeOf(text);
    assertEquals(parseBigInt64(bytes, start, length), fits ? value : undefined, text);
    assertEquals(parseInteger(bytes, start, length), fits ? Number(value) : NaN, text);
  },
);

property(
  "an integer below 2^53 is written as String() writes it, and beside it nothing",
  { trials: 3000, size: 0 },
  (chance) => {
    const value = Number(BigInt.asIntN(53, chance.int64()));
    const start = chance.below(5);
    const bytes = new Uint8Array(30).fill(0xee);
    const end = writeInteger(bytes, start, value);
    assertEquals(latin1(bytes, start, end - start), String(value));
    bytes.fill(0xee, start, end);
    assertEquals(bytes, new Uint8Array(30).fill(0xee));
  },
);
