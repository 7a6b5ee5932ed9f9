import { assertEquals } from "@std/assert";
import { DESK_BYTES, theDesk } from "../../src/kernels/desk.ts";
import { type BitOperation, combineBits, countBits, findBit } from "../../src/lib/bits.ts";
import type { ByteRange } from "../../src/lib/bytes.ts";
import { type Chance, property } from "../support/property.ts";

/** Lengths around which a kernel does something else: a vector, a vector of sums, a piece of the desk. */
const EDGES = [0, 1, 15, 16, 17, 32, 33, 496, 512, DESK_BYTES - 1, DESK_BYTES, 2 * DESK_BYTES];

const someLength = (chance: Chance) =>
  Math.max(0, chance.oneIn(3) ? chance.below(200) : chance.pick(EDGES) + chance.between(-2, 2));

/** A string anywhere in its memory: the same byte throughout, or any bytes, or mostly the same. */
function someString(chance: Chance): ByteRange {
  const [start, length] = [chance.below(20), someLength(chance)];
  const bytes = new Uint8Array(start + length + chance.below(20)).fill(
    chance.pick([0, 0xff, 0x5a]),
  );
  const changes = chance.pick([0, 1, 5, length]);
  for (let i = 0; i < changes; i++) bytes[chance.below(bytes.length)] = chance.below(256);
  return { bytes, start, length };
}

property(
  "bits are counted and found in long strings as one by one",
  { trials: 150, size: 1 },
  (chance) => {
    const { bytes, start, length } = someString(chance);
    if (length === 0) return;
    const first = start * 8 + chance.below(Math.min(length * 8, 40));
    const last = chance.between(first, (start + length) * 8 - 1);
    let count = 0;
    const found = [-1, -1];
    for (let at = last; at >= first; at--) {
      const bit = bytes[at >> 3] >> 7 - at % 8 & 1;
      count += bit;
      found[bit] = at;
    }
    assertEquals(countBits(bytes, first, last), count);
    for (const bit of [0, 1]) assertEquals(findBit(bytes, first, last, bit), found[bit]);
  },
);

const MODELS: Readonly<Record<BitOperation, (a: number, b: number) => number>> = {
  AND: (a, b) => a & b,
  OR: (a, b) => a | b,
  XOR: (a, b) => a ^ b,
  NOT: (a) => ~a & 0xff,
};

property(
  "strings of any lengths are combined bit by bit, and the shorter ones go on with zeros",
  { trials: 150, size: 1 },
  (chance) => {
    const operation = chance.pick(Object.keys(MODELS) as BitOperation[]);
    const sources = Array.from(
      { length: operation === "NOT" ? 1 : chance.between(1, 4) },
      () => someString(chance),
    );
    const length = Math.max(...sources.map((source) => source.length));
    const byteOf = (source: ByteRange, i: number) =>
      i < source.length ? source.bytes[source.start + i] : 0;
    const expected = new Uint8Array(length);
    for (let i = 0; i < length; i++) {
      let byte = byteOf(sources[0], i);
      if (operation === "NOT") byte = MODELS.NOT(byte, 0);
      for (const other of sources.slice(1)) byte = MODELS[operation](byte, byteOf(other, i));
      expected[i] = byte;
    }
    const result = new Uint8Array(length);
    combineBits(operation, (i) => sources[i], sources.length, result);
    assertEquals(result, expected);
  },
);

Deno.test("a kernel changes nothing but the piece that it works on", () => {
  const { bytes, a, b, ...kernels } = theDesk();
  bytes.fill(0x5a, a, b + DESK_BYTES);
  const before = bytes.slice();
  kernels.countBits(a, DESK_BYTES);
  kernels.countUniform(a, DESK_BYTES, 0x5a);
  assertEquals(bytes, before);
  for (const name of ["and", "or", "xor"] as const) kernels[name](a, b, DESK_BYTES);
  kernels.not(a, DESK_BYTES);
  assertEquals(bytes.slice(0, a), before.slice(0, a));
  assertEquals(bytes.slice(b), before.slice(b));
});
