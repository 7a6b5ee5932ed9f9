/**
 * Counting and finding bits in bytes. Bit 0 is the highest bit of the first byte.
 *
 * @module
 */

/** How many of a 32-bit word's bits are set (Hacker's Delight, 5-1). */
function populationCount(word: number): number {
  let count = word - (word >>> 1 & 0x55555555);
  count = (count & 0x33333333) + (count >>> 2 & 0x33333333);
  return Math.imul(count + (count >>> 4) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** How many bits from `first` to `last` are set. */
export function countBits(bytes: Uint8Array, first: number, last: number): number {
  let at = Math.floor(first / 8);
  const end = Math.floor(last / 8);
  const headMask = 0xff >> first % 8;
  const tailMask = 0xff << 7 - last % 8 & 0xff;
  if (at === end) return populationCount(bytes[at] & headMask & tailMask);
  let count = populationCount(bytes[at++] & headMask) + populationCount(bytes[end] & tailMask);
  for (; at + 4 <= end; at += 4) {
    count += populationCount(
      bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 | bytes[at + 3] << 24,
    );
  }
  for (; at < end; at++) count += populationCount(bytes[at]);
  return count;
}

/** The first bit from `first` to `last` that equals `bit`, or -1. */
export function findBit(bytes: Uint8Array, first: number, last: number, bit: number): number {
  const uniform = bit === 1 ? 0 : 0xff;
  for (let at = first; at <= last;) {
    const byte = bytes[Math.floor(at / 8)];
    if (byte === uniform && at % 8 === 0) {
      at += 8;
      continue;
    }
    if ((byte >> 7 - at % 8 & 1) === bit) return at;
    at++;
  }
  return -1;
}
