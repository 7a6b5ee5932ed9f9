/**
 * Copying and comparing in words does what loops over bytes do: at every length, at every alignment, with more arrays than views are kept of.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { copyBytes, sameBytes } from "../../src/lib/bytes.ts";
import { SeededRandom } from "../../src/lib/random.ts";

const LENGTHS = [...Array(80).keys(), 199, 200, 201, 1000];
const ARRAY_BYTES = 2048;

/** Arrays as the server has them: of their own, parts of others, and of memories of WebAssembly. */
function arraysFor(random: SeededRandom): Uint8Array[] {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 4 });
  const large = new ArrayBuffer(3 * ARRAY_BYTES);
  const arrays = [
    new Uint8Array(ARRAY_BYTES),
    new Uint8Array(memory.buffer),
    new Uint8Array(large, 0, ARRAY_BYTES),
    new Uint8Array(large, ARRAY_BYTES + 3, ARRAY_BYTES - 3),
    ...Array.from({ length: 6 }, () => new Uint8Array(ARRAY_BYTES)),
  ];
  for (const array of arrays) for (let i = 0; i < array.length; i++) array[i] = random.below(256);
  return arrays;
}

Deno.test("A copy has the bytes of its source, and nothing beside it changes", () => {
  const random = new SeededRandom(1);
  const arrays = arraysFor(random);
  for (let round = 0; round < 20; round++) {
    for (const length of LENGTHS) {
      const from = arrays[random.below(arrays.length)];
      const to = arrays[random.below(arrays.length)];
      if (from === to) continue;
      const start = random.below(from.length - length);
      const at = random.below(to.length - length);
      const expected = to.slice();
      for (let i = 0; i < length; i++) expected[at + i] = from[start + i];
      copyBytes(from, start, to, at, length);
      assertEquals(to, expected, `${length} bytes from ${start} to ${at}`);
    }
  }
});

Deno.test("Ranges are the same if all their bytes are, wherever they differ", () => {
  const random = new SeededRandom(2);
  const arrays = arraysFor(random);
  for (const length of LENGTHS) {
    for (let different = -1; different < length; different++) {
      const a = arrays[random.below(5)];
      const b = arrays[5 + random.below(5)];
      const aStart = random.below(a.length - length);
      const bStart = random.below(b.length - length);
      b.set(a.subarray(aStart, aStart + length), bStart);
      if (different >= 0) b[bStart + different] ^= 1 << random.below(8);
      assertEquals(sameBytes(a, aStart, b, bStart, length), different < 0);
    }
  }
});

Deno.test("A memory that has grown is copied to where it is now", () => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 4 });
  const source = Uint8Array.from({ length: 32 }, (_, i) => i + 1);
  copyBytes(source, 0, new Uint8Array(memory.buffer), 0, 32);
  memory.grow(1);
  const grown = new Uint8Array(memory.buffer);
  copyBytes(source, 0, grown, 70_000, 32);
  assertEquals([grown.slice(0, 32), grown.slice(70_000, 70_032)], [source, source]);
});
