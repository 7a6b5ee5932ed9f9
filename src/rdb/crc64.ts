/**
 * CRC-64 as RDB files and DUMP use it: the Jones polynomial, bits reflected, starting from zero.
 *
 * It is computed in two 32-bit halves, because doubles do not hold 64 bits. Eight tables take eight bytes a step ("slicing by 8", Kounavis
 * and Berry, 2005).
 *
 * @module
 */

/** The polynomial 0xad93d23594c935a9 with its bits in reverse order. */
const POLYNOMIAL_HIGH = 0x95ac9329;
const POLYNOMIAL_LOW = 0xac4bc9b5;
const SLICES = 8;

const high = new Uint32Array(SLICES * 256);
const low = new Uint32Array(SLICES * 256);
for (let byte = 0; byte < 256; byte++) {
  let [h, l] = [0, byte];
  for (let bit = 0; bit < 8; bit++) {
    const isOdd = (l & 1) === 1;
    l = (l >>> 1 | h << 31) >>> 0;
    h >>>= 1;
    if (isOdd) [h, l] = [(h ^ POLYNOMIAL_HIGH) >>> 0, (l ^ POLYNOMIAL_LOW) >>> 0];
  }
  high[byte] = h;
  low[byte] = l;
}
for (let slice = 1; slice < SLICES; slice++) {
  for (let byte = 0; byte < 256; byte++) {
    const before = (slice - 1) * 256 + byte;
    const index = low[before] & 0xff;
    const at = slice * 256 + byte;
    low[at] = (low[before] >>> 8 | high[before] << 24) ^ low[index];
    high[at] = high[before] >>> 8 ^ high[index];
  }
}

/** A checksum that is being computed. */
export class Crc64 {
  /** The upper 32 bits so far. */
  high = 0;
  /** The lower 32 bits so far. */
  low = 0;

  /** Takes in `length` bytes from `start`. */
  update(bytes: Uint8Array, start: number, length: number): void {
    let [h, l] = [this.high, this.low];
    let at = start;
    const end = start + length;
    for (; at + SLICES <= end; at += SLICES) {
      l ^= bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 | bytes[at + 3] << 24;
      h ^= bytes[at + 4] | bytes[at + 5] << 8 | bytes[at + 6] << 16 | bytes[at + 7] << 24;
      const [a, b, c, d] = [l & 0xff, l >>> 8 & 0xff, l >>> 16 & 0xff, l >>> 24];
      const [e, f, g, i] = [h & 0xff, h >>> 8 & 0xff, h >>> 16 & 0xff, h >>> 24];
      l = low[0x700 + a] ^ low[0x600 + b] ^ low[0x500 + c] ^ low[0x400 + d] ^
        low[0x300 + e] ^ low[0x200 + f] ^ low[0x100 + g] ^ low[i];
      h = high[0x700 + a] ^ high[0x600 + b] ^ high[0x500 + c] ^ high[0x400 + d] ^
        high[0x300 + e] ^ high[0x200 + f] ^ high[0x100 + g] ^ high[i];
    }
    for (; at < end; at++) {
      const index = (l ^ bytes[at]) & 0xff;
      l = (l >>> 8 | h << 24) ^ low[index];
      h = h >>> 8 ^ high[index];
    }
    this.high = h >>> 0;
    this.low = l >>> 0;
  }

  /** Writes the checksum at `at`, least significant byte first. */
  write(bytes: Uint8Array, at: number): void {
    for (let i = 0; i < 4; i++) {
      bytes[at + i] = this.low >>> 8 * i;
      bytes[at + 4 + i] = this.high >>> 8 * i;
    }
  }

  /** Whether the eight bytes at `at` are this checksum. */
  matches(bytes: Uint8Array, at: number): boolean {
    const expected = new Uint8Array(8);
    this.write(expected, 0);
    return expected.every((byte, i) => bytes[at + i] === byte);
  }
}
