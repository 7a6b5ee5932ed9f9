import { assert, assertEquals } from "@std/assert";
import {
  elementBytes,
  EMPTY_LISTPACK_BYTES,
  findElement,
  isEnd,
  isListpackSound,
  LISTPACK_HEADER_BYTES,
  listpackCount,
  nextElement,
  readElement,
  writeElement,
  writeEmptyListpack,
  writeHeader,
} from "../../src/encodings/listpack.ts";
import { fromLatin1, latin1 } from "../../src/lib/bytes.ts";
import { SeededRandom } from "../../src/lib/random.ts";
import { effort } from "../support/effort.ts";

/** A listpack of these texts, with some other bytes around it. */
function build(texts: readonly string[]): { bytes: Uint8Array; start: number; length: number } {
  const parts = texts.map(fromLatin1);
  const sizes = parts.map((part) => elementBytes(part, 0, part.length));
  const length = EMPTY_LISTPACK_BYTES + sizes.reduce((sum, size) => sum + size, 0);
  const start = 3;
  const bytes = new Uint8Array(length + 10).fill(0xaa);
  writeEmptyListpack(bytes, start);
  let at = start + LISTPACK_HEADER_BYTES;
  parts.forEach((part, i) => {
    const end = writeElement(bytes, at, part, 0, part.length);
    assertEquals(end - at, sizes[i], texts[i].slice(0, 40));
    at = end;
  });
  bytes[at] = 0xff;
  writeHeader(bytes, start, length, texts.length);
  return { bytes, start, length };
}

function readAll(bytes: Uint8Array, start: number): string[] {
  const texts: string[] = [];
  for (let at = start + LISTPACK_HEADER_BYTES; !isEnd(bytes, at); at = nextElement(bytes, at)) {
    const value = readElement(bytes, at);
    texts.push(latin1(value.bytes, value.start, value.length));
  }
  return texts;
}

const EDGES = [
  ...["", "a", "0", "-1", "127", "128", "-4096", "4095", "4096", "-4097", "32767", "-32768"],
  ...["32768", "8388607", "-8388608", "8388608", "2147483647", "-2147483648", "2147483648"],
  ...["9007199254740993", "9223372036854775807", "-9223372036854775808", "9223372036854775808"],
  ...["01", "-0", "+1", " 1", "x".repeat(63), "x".repeat(64), "x".repeat(4095), "x".repeat(4096)],
  ...["x".repeat(126), "x".repeat(125), "y".repeat(16_382), "z".repeat(70_000)],
];

Deno.test("a listpack gives back what was put in, at every edge of its encodings", () => {
  const { bytes, start, length } = build(EDGES);
  assertEquals(readAll(bytes, start), EDGES);
  assertEquals(listpackCount(bytes, start), EDGES.length);
  assert(isListpackSound(bytes, start, length));
  for (const text of EDGES) {
    const at = findElement(bytes, start, fromLatin1(text), 0, text.length, 1);
    const value = readElement(bytes, at);
    assertEquals(latin1(value.bytes, value.start, value.length), text);
  }
  assertEquals(findElement(bytes, start, fromLatin1("none"), 0, 4, 1), -1);
});

Deno.test("a listpack of random elements is sound, and a damaged one is found out or harmless", () => {
  const random = new SeededRandom(40 + effort);
  for (let round = 0; round < 3000 * effort; round++) {
    const texts = Array.from(
      { length: random.below(12) },
      () =>
        random.below(2) === 0
          ? String(random.int32())
          : String.fromCharCode(97 + random.below(26)).repeat(random.below(100)),
    );
    const { bytes, start, length } = build(texts);
    assertEquals(readAll(bytes, start), texts);
    assert(isListpackSound(bytes, start, length));
    bytes[start + random.below(length)] ^= 1 << random.below(8);
    // Whatever passes as sound can be walked to its end.
    if (isListpackSound(bytes, start, length)) readAll(bytes, start);
  }
});
