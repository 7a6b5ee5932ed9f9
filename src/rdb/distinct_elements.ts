/**
 * Checks that the elements of a listpack differ from each other, as those of a hash, set or sorted set must.
 *
 * Hashes of the elements go into a small table; elements are compared only if their hashes are the same. The hash is keyed, so nobody can
 * make a payload whose elements collide.
 *
 * @module
 */
import { isEnd, LISTPACK_HEADER_BYTES, nextElement, readElement } from "../encodings/listpack.ts";
import type { ByteRange } from "../lib/bytes.ts";
import { latin1 } from "../lib/bytes.ts";
import type { HalfSipHash } from "../lib/halfsiphash.ts";

const FIRST_SLOTS = 512;

/** Hashes by slot; 0 is empty. Every call uses it again. */
let table = new Int32Array(FIRST_SLOTS);

/** Whether every `step`th element of a sound listpack differs from the others of these, and the number of elements is a multiple of `step`. */
export function hasDistinctElements(
  { bytes, start }: ByteRange,
  count: number,
  step: number,
  hasher: HalfSipHash,
): boolean {
  if (count % step !== 0) return false;
  let slots = 16;
  while (slots < count / step * 2) slots *= 2;
  if (slots > table.length) table = new Int32Array(slots);
  table.fill(0, 0, slots);
  let index = 0;
  for (let at = start + LISTPACK_HEADER_BYTES; !isEnd(bytes, at); at = nextElement(bytes, at)) {
    if (index++ % step !== 0) continue;
    const element = readElement(bytes, at);
    const hash = hasher.hash(element.bytes, element.start, element.length) || 1;
    let slot = hash & slots - 1;
    while (table[slot] !== 0 && table[slot] !== hash) slot = slot + 1 & slots - 1;
    if (table[slot] === hash) return areDistinctTexts(bytes, start, step);
    table[slot] = hash;
  }
  return true;
}

function areDistinctTexts(bytes: Uint8Array, start: number, step: number): boolean {
  const known = new Set<string>();
  let index = 0;
  for (let at = start + LISTPACK_HEADER_BYTES; !isEnd(bytes, at); at = nextElement(bytes, at)) {
    if (index++ % step !== 0) continue;
    const element = readElement(bytes, at);
    known.add(latin1(element.bytes, element.start, element.length));
  }
  return known.size === Math.ceil(index / step);
}
