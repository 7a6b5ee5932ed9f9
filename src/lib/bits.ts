/**
 * Counting and finding bits in bytes, and combining them. Bit 0 is the highest bit of the first byte. Everything but the ends is handled in
 * words of 32 bits.
 *
 * @module
 */

const WORD_BYTES = 4;

/** How many of a 32-bit word's bits are set (Hacker's Delight, 5-1). */
function populationCount(word: number): number {
  let count = word - (word >>> 1 & 0x55555555) | 0;
  count = (count & 0x33333333) + (count >>> 2 & 0x33333333);
  return Math.imul(count + (count >>> 4) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** The whole words that lie between the bytes `start` and `end`, and the index of the first byte of the first word. */
function wordsWithin(bytes: Uint8Array, start: number, end: number): [Int32Array, number] {
  const first = start + (WORD_BYTES - (bytes.byteOffset + start) % WORD_BYTES) % WORD_BYTES;
  const count = Math.max(0, end - first) >>> 2;
  return [new Int32Array(bytes.buffer, count === 0 ? 0 : bytes.byteOffset + first, count), first];
}

/** How many bits from `first` to `last` are set. */
export function countBits(bytes: Uint8Array, first: number, last: number): number {
  let at = Math.floor(first / 8);
  const end = Math.floor(last / 8);
  const headMask = 0xff >> first % 8;
  const tailMask = 0xff << 7 - last % 8 & 0xff;
  if (at === end) return populationCount(bytes[at] & headMask & tailMask);
  let count = populationCount(bytes[at++] & headMask) + populationCount(bytes[end] & tailMask);
  const [words, start] = wordsWithin(bytes, at, end);
  for (; at < Math.min(start, end); at++) count += populationCount(bytes[at]);
  for (let i = 0; i < words.length; i++) count += populationCount(words[i]);
  for (at += words.length * WORD_BYTES; at < end; at++) count += populationCount(bytes[at]);
  return count;
}

/** The first bit from `first` to `last` that equals `bit`, or -1. */
export function findBit(bytes: Uint8Array, first: number, last: number, bit: number): number {
  const isFound = (at: number) => (bytes[Math.floor(at / 8)] >> 7 - at % 8 & 1) === bit;
  let at = first;
  for (; at <= last && at % 8 !== 0; at++) if (isFound(at)) return at;
  const end = Math.floor((last + 1) / 8);
  if (at % 8 === 0 && at / 8 < end) at = 8 * skipBytes(bytes, at / 8, end, bit === 1 ? 0 : 0xff);
  for (; at <= last; at++) if (isFound(at)) return at;
  return -1;
}

/** Index of the first byte from `start` on that is not `uniform`, which is 0 or 0xff; or `end`. */
function skipBytes(bytes: Uint8Array, start: number, end: number, uniform: number): number {
  const [words, first] = wordsWithin(bytes, start, end);
  const word = uniform === 0 ? 0 : -1;
  let at = start;
  while (at < Math.min(first, end) && bytes[at] === uniform) at++;
  if (at !== first) return at;
  let i = 0;
  while (i < words.length && words[i] === word) i++;
  at += i * WORD_BYTES;
  while (at < end && bytes[at] === uniform) at++;
  return at;
}

/** Combines each word of `target` with the word of `source` at the same place; the result is left in `target`, the shorter of the two. */
export type BitOperation = (target: Int32Array, source: Int32Array) => void;

/** The operations of BITOP. NOT ignores its source. */
export const bitOperations: Readonly<Record<"AND" | "OR" | "XOR" | "NOT", BitOperation>> = {
  AND(target, source) {
    for (let i = 0; i < target.length; i++) target[i] &= source[i];
  },
  OR(target, source) {
    for (let i = 0; i < target.length; i++) target[i] |= source[i];
  },
  XOR(target, source) {
    for (let i = 0; i < target.length; i++) target[i] ^= source[i];
  },
  NOT(target) {
    for (let i = 0; i < target.length; i++) target[i] = ~target[i];
  },
};
