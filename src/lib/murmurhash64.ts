/**
 * MurmurHash64A (Austin Appleby), as Redis's HyperLogLog uses it: little-endian on every machine.
 *
 * @module
 */

/** The constant 0xc6a4a7935bd1e995 in two words; the lower word in halves too. */
const M_HIGH = 0xc6a4a793;
const M_LOW = 0x5bd1e995;
const M_LOW_HIGH = 0x5bd1;
const M_LOW_LOW = 0xe995;

/** The words of the hash that was computed last. */
export const hash64 = { high: 0, low: 0 };

/** Hashes `length` bytes from `start`; the result is in {@link hash64}. */
export function murmurHash64(
  bytes: Uint8Array,
  start: number,
  length: number,
  seed: number,
): void {
  const product = hash64;
  multiply(0, length);
  let high = product.high;
  let low = product.low ^ seed;
  let at = start;
  const end = start + (length & ~7);
  for (; at < end; at += 8) {
    multiply(word(bytes, at + 4), word(bytes, at));
    shiftXor();
    multiply(product.high, product.low);
    multiply(high ^ product.high, low ^ product.low);
    high = product.high;
    low = product.low;
  }
  const rest = length & 7;
  if (rest > 0) {
    for (let i = 0; i < rest; i++) {
      if (i < 4) low ^= bytes[at + i] << 8 * i;
      else high ^= bytes[at + i] << 8 * (i - 4);
    }
    multiply(high, low);
    high = product.high;
    low = product.low;
  }
  product.high = high;
  product.low = low;
  shiftXor();
  multiply(product.high, product.low);
  shiftXor();
  product.high >>>= 0;
  product.low >>>= 0;
}

/** Multiplies by the constant, modulo 2^64. */
function multiply(high: number, low: number): void {
  const a = low >>> 16;
  const b = low & 0xffff;
  // Schoolbook with halves of 16 bits; each sum stays below 2^53.
  const middle = Math.imul(b, M_LOW_HIGH) + (Math.imul(b, M_LOW_LOW) >>> 16);
  const carry = (middle & 0xffff) + a * M_LOW_LOW;
  const upper = a * M_LOW_HIGH + (middle >>> 16) + Math.floor(carry / 65536);
  hash64.high = upper + Math.imul(low, M_HIGH) + Math.imul(high, M_LOW) | 0;
  hash64.low = Math.imul(low, M_LOW);
}

/** x ^= x >> 47. */
function shiftXor(): void {
  hash64.low ^= hash64.high >>> 15;
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 | bytes[at + 3] << 24;
}
