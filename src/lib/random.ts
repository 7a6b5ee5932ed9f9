/**
 * The one source of randomness. It is seeded so that a test can repeat a run; the server seeds it from the system.
 *
 * The generator is xoshiro128** (Blackman and Vigna, 2018): 32-bit arithmetic, period 2^128 - 1. It is not for secrets: those come
 * from {@link RandomSource.secureBytes}.
 *
 * @module
 */

/** Where random numbers come from. */
export interface RandomSource {
  /** A whole number from 0 to `limit - 1`; `limit` is 1 to 2^53. */
  below(limit: number): number;
  /** A 32-bit integer, signed. */
  int32(): number;
  /** Bytes that nobody can guess (a test's source may repeat them). */
  secureBytes(count: number): Uint8Array<ArrayBuffer>;
}

/** A generator that yields the same numbers for the same seed. */
export class SeededRandom implements RandomSource {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  /** Expands the seed, any number, by SplitMix32. */
  constructor(seed: number) {
    let state = seed | 0;
    const next = () => {
      state = state + 0x9e3779b9 | 0;
      let z = state;
      z = Math.imul(z ^ z >>> 16, 0x85ebca6b);
      z = Math.imul(z ^ z >>> 13, 0xc2b2ae35);
      return z ^ z >>> 16;
    };
    this.#a = next();
    this.#b = next();
    this.#c = next();
    this.#d = next() | 1;
  }

  int32(): number {
    const scrambled = Math.imul(this.#b, 5);
    const result = Math.imul(scrambled << 7 | scrambled >>> 25, 9);
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = this.#d << 11 | this.#d >>> 21;
    return result;
  }

  below(limit: number): number {
    const unit = (this.int32() >>> 0) / 2 ** 32;
    if (limit <= 2 ** 32) return Math.floor(unit * limit);
    return Math.floor((unit + (this.int32() >>> 11) / 2 ** 53) * limit);
  }

  secureBytes(count: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from({ length: count }, () => this.int32());
  }
}

/** The system's generator for what must not be guessed, a seeded one for everything else. */
export class SystemRandom extends SeededRandom {
  constructor() {
    super(crypto.getRandomValues(new Int32Array(1))[0]);
  }

  override secureBytes(count: number): Uint8Array<ArrayBuffer> {
    return crypto.getRandomValues(new Uint8Array(count));
  }
}
