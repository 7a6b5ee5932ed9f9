/**
 * HalfSipHash-1-3: a keyed 32-bit hash that needs only 32-bit arithmetic (the only fast integers in JavaScript).
 *
 * Keyed, because whoever can guess where keys land can make a server crawl by choosing keys that collide (hash flooding). One
 * compression round and three at the end, as Rust and Python chose for their tables. Algorithm: Aumasson and Bernstein, "SipHash:
 * a fast short-input PRF" (2012), and its half-width version from the authors' reference repository.
 *
 * @module
 */
import { viewOf } from "./words.ts";

/** Computes hashes under one secret key. */
export class HalfSipHash {
  readonly #k0: number;
  readonly #k1: number;

  /** A hasher with the 64-bit key given as two 32-bit halves. */
  constructor(k0: number, k1: number) {
    this.#k0 = k0 | 0;
    this.#k1 = k1 | 0;
  }

  /** The hash of `length` bytes of `bytes` from `start`, as a signed 32-bit integer. */
  hash(bytes: Uint8Array, start: number, length: number): number {
    let v0 = this.#k0;
    let v1 = this.#k1;
    let v2 = 0x6c796765 ^ v0;
    let v3 = 0x74656462 ^ v1;
    let at = start;
    const lastWord = start + (length & ~3);
    const view = viewOf(bytes);
    for (; at < lastWord; at += 4) {
      const word = view.getInt32(at, true);
      v3 ^= word;
      v0 = v0 + v1 | 0;
      v1 = (v1 << 5 | v1 >>> 27) ^ v0;
      v0 = v0 << 16 | v0 >>> 16;
      v2 = v2 + v3 | 0;
      v3 = (v3 << 8 | v3 >>> 24) ^ v2;
      v0 = v0 + v3 | 0;
      v3 = (v3 << 7 | v3 >>> 25) ^ v0;
      v2 = v2 + v1 | 0;
      v1 = (v1 << 13 | v1 >>> 19) ^ v2;
      v2 = v2 << 16 | v2 >>> 16;
      v0 ^= word;
    }
    let last = length << 24;
    const rest = length & 3;
    if (rest > 0) last |= bytes[at];
    if (rest > 1) last |= bytes[at + 1] << 8;
    if (rest > 2) last |= bytes[at + 2] << 16;
    v3 ^= last;
    for (let round = 0; round < 4; round++) {
      v0 = v0 + v1 | 0;
      v1 = (v1 << 5 | v1 >>> 27) ^ v0;
      v0 = v0 << 16 | v0 >>> 16;
      v2 = v2 + v3 | 0;
      v3 = (v3 << 8 | v3 >>> 24) ^ v2;
      v0 = v0 + v3 | 0;
      v3 = (v3 << 7 | v3 >>> 25) ^ v0;
      v2 = v2 + v1 | 0;
      v1 = (v1 << 13 | v1 >>> 19) ^ v2;
      v2 = v2 << 16 | v2 >>> 16;
      if (round === 0) {
        v0 ^= last;
        v2 ^= 0xff;
      }
    }
    return v1 ^ v3;
  }
}
