import { assertEquals } from "@std/assert";
import {
  elementBytes,
  EMPTY_LISTPACK_BYTES,
  LISTPACK_HEADER_BYTES,
  writeElement,
  writeEmptyListpack,
  writeHeader,
} from "../../src/encodings/listpack.ts";
import { type ByteRange, fromLatin1 } from "../../src/lib/bytes.ts";
import { HalfSipHash } from "../../src/lib/halfsiphash.ts";
import { hasDistinctElements } from "../../src/rdb/distinct_elements.ts";
import { CoarseHash } from "../support/coarse_hash.ts";
import { property } from "../support/property.ts";

function listpackOf(texts: readonly string[]): ByteRange {
  const parts = texts.map(fromLatin1);
  const length = parts.reduce(
    (sum, part) => sum + elementBytes(part, 0, part.length),
    EMPTY_LISTPACK_BYTES,
  );
  const start = 3;
  const bytes = new Uint8Array(start + length + 2);
  writeEmptyListpack(bytes, start);
  let at = start + LISTPACK_HEADER_BYTES;
  for (const part of parts) at = writeElement(bytes, at, part, 0, part.length);
  bytes[at] = 0xff;
  writeHeader(bytes, start, length, texts.length);
  return { bytes, start, length };
}

property(
  "elements are distinct if a Set of them is as large, however their hashes collide",
  { trials: 400, size: 700 },
  (chance) => {
    const step = chance.pick([1, 2]);
    const count = chance.below(chance.size + 1);
    const texts = Array.from({ length: count }, (_, i) => chance.oneIn(3) ? String(i) : `e${i}`);
    if (count > 0 && chance.oneIn(2)) texts[chance.below(count)] = chance.pick(texts);
    const hasher = chance.oneIn(3)
      ? new CoarseHash(chance.pick([1, 2, 50, 2000]))
      : new HalfSipHash(chance.int32(), chance.int32());
    const keys = texts.filter((_, i) => i % step === 0);
    const expected = count % step === 0 && new Set(keys).size === keys.length;
    assertEquals(hasDistinctElements(listpackOf(texts), count, step, hasher), expected);
  },
);
