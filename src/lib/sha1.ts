/**
 * SHA-1 (FIPS 180-4) for many short messages. It makes no objects, and a message of up to 55 bytes takes a third of a microsecond, a tenth
 * of a call of the runtime's SHA-1. DEBUG DIGEST is computed with it; it is not for secrets.
 *
 * @module
 */

/** Bytes of a digest. */
export const SHA1_BYTES = 20;

const BLOCK_BYTES = 64;
const LENGTH_BYTES = 8;
const words = new Int32Array(80);
const block = new Uint8Array(BLOCK_BYTES);
const state = new Int32Array(5);

/** Writes the digest of `length` bytes from `start` to the first bytes of `digest`, which may be the array that they come from. */
export function sha1(bytes: Uint8Array, start: number, length: number, digest: Uint8Array): void {
  state[0] = 0x67452301;
  state[1] = 0xefcdab89;
  state[2] = 0x98badcfe;
  state[3] = 0x10325476;
  state[4] = 0xc3d2e1f0;
  const rest = length % BLOCK_BYTES;
  const whole = start + length - rest;
  for (let at = start; at < whole; at += BLOCK_BYTES) compress(bytes, at);
  // The last block holds the rest of the message, a one bit, zeros, and the length in bits; if these do not fit, another block follows.
  for (let i = 0; i < rest; i++) block[i] = bytes[whole + i];
  block[rest] = 0x80;
  block.fill(0, rest + 1);
  if (rest >= BLOCK_BYTES - LENGTH_BYTES) {
    compress(block, 0);
    block.fill(0);
  }
  for (let i = 0, bits = length * 8; bits > 0; i++, bits = Math.floor(bits / 256)) {
    block[BLOCK_BYTES - 1 - i] = bits % 256;
  }
  compress(block, 0);
  for (let i = 0; i < SHA1_BYTES; i++) digest[i] = state[i >> 2] >> 24 - 8 * (i & 3);
}

/** Mixes the 64 bytes from `at` on into the state. */
function compress(bytes: Uint8Array, at: number): void {
  for (let i = 0; i < 16; i++, at += 4) {
    words[i] = bytes[at] << 24 | bytes[at + 1] << 16 | bytes[at + 2] << 8 | bytes[at + 3];
  }
  for (let i = 16; i < 80; i++) {
    const word = words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16];
    words[i] = word << 1 | word >>> 31;
  }
  let a = state[0];
  let b = state[1];
  let c = state[2];
  let d = state[3];
  let e = state[4];
  for (let i = 0; i < 80; i++) {
    // Every sum is cut to 32 bits at once, because longer ones would be doubles.
    const mixed = i < 20
      ? (d ^ b & (c ^ d)) + 0x5a827999 | 0
      : i < 40
      ? (b ^ c ^ d) + 0x6ed9eba1 | 0
      : i < 60
      ? (b & c | d & (b | c)) - 0x70e44324 | 0
      : (b ^ c ^ d) - 0x359d3e2a | 0;
    const next = ((a << 5 | a >>> 27) + mixed | 0) + (e + words[i] | 0) | 0;
    e = d;
    d = c;
    c = b << 30 | b >>> 2;
    b = a;
    a = next;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
}
