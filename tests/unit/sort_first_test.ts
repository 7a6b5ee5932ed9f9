import { assertEquals } from "@std/assert";
import { ByteStrings } from "../../src/lib/byte_strings.ts";
import { compareBytes } from "../../src/lib/bytes.ts";
import { SeededRandom } from "../../src/lib/random.ts";
import { indices, sortFirst } from "../../src/lib/sort_first.ts";
import { effort } from "../support/effort.ts";

Deno.test("sortFirst() gives the first items that a stable sort of all gives", () => {
  const random = new SeededRandom(1);
  for (let run = 0; run < 500 * effort; run++) {
    const count = random.below(300);
    // Few different keys, so that many items tie; now and then all in order already, or the other way round.
    const keys = Array.from({ length: count }, () => random.below(1 + random.below(200)));
    if (run % 5 === 0) keys.sort((a, b) => run % 2 === 0 ? a - b : b - a);
    const compare = (a: number, b: number) => keys[a] - keys[b];
    const expected = Array.from({ length: count }, (_, i) => i).sort(compare);
    for (const wanted of [0, 1, random.below(count + 1), count - 1, count, count + 7, Infinity]) {
      const found = sortFirst(indices(count), wanted, compare);
      assertEquals([...found], expected.slice(0, Math.max(0, wanted)), `${wanted} of ${keys}`);
    }
  }
});

Deno.test("sortFirst() compares no more than the part that is wanted needs", () => {
  const count = 100_000;
  const keys = Float64Array.from({ length: count }, (_, i) => i * 7919 % count);
  let comparisons = 0;
  const compare = (a: number, b: number) => {
    comparisons++;
    return keys[a] - keys[b];
  };
  sortFirst(indices(count), 10, compare);
  const forTen = comparisons;
  sortFirst(indices(count), count, compare);
  assertEquals(forTen < count * 5 && comparisons - forTen < count * 18, true);
});

Deno.test("ByteStrings keeps strings apart, and orders them as their bytes are", () => {
  const random = new SeededRandom(2);
  for (let run = 0; run < 200 * effort; run++) {
    const strings = new ByteStrings();
    const prefix = random.secureBytes(random.below(20));
    const added: Uint8Array[] = [];
    for (let i = random.below(100); i > 0; i--) {
      const tail = random.secureBytes(random.below(run % 2 === 0 ? 4 : 300)).map((byte) =>
        byte & 3
      );
      const bytes = Uint8Array.of(0xff, ...prefix, ...tail, 0xff);
      const range = { bytes, start: 1, length: bytes.length - 2 };
      strings.add(range);
      added.push(bytes.subarray(1, bytes.length - 1));
    }
    assertEquals(strings.count, added.length);
    const keys = strings.keys();
    added.forEach((expected, i) => {
      const { bytes, start, length } = strings.at(i);
      assertEquals(bytes.slice(start, start + length), expected);
      const other = random.below(added.length);
      const order = compareBytes(expected, 0, length, added[other], 0, added[other].length);
      assertEquals(Math.sign(strings.compare(i, other)), Math.sign(order));
      // A key may tie, but never tells another order.
      if (keys[i] !== keys[other]) assertEquals(Math.sign(keys[i] - keys[other]), Math.sign(order));
    });
  }
});
