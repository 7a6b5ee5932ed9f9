/**
 * The 24-bit access clock that every entry carries: OBJECT IDLETIME and FREQ report it, and eviction chooses by it.
 *
 * LRU: the second of the last access, modulo 2^24 (194 days). LFU: 16 bits of minutes of the last decay, then a counter of 8 bits that
 * grows with the logarithm of the accesses. Redis 7.2 defines both (redis.conf on `lfu-log-factor` and `lfu-decay-time`).
 *
 * @module
 */
import type { RandomSource } from "../lib/random.ts";

const LRU_MASK = 0xffffff;
const LFU_INITIAL = 5;

/** Keeps time for accesses. A keyspace has one. */
export class AccessClock {
  /** Whether the policy counts frequency (LFU) instead of age (LRU). */
  isLfu = false;
  /** How many more hits it takes for the counter to grow (`lfu-log-factor`). */
  logFactor = 10;
  /** Minutes after which the counter falls by one (`lfu-decay-time`); 0 for never. */
  decayMinutes = 1;
  #seconds = 0;

  constructor(private readonly random: RandomSource) {}

  /** Tells the time, in milliseconds since 1970. */
  setTime(nowMs: number): void {
    this.#seconds = Math.floor(nowMs / 1000);
  }

  /** The clock value of an entry that is made now. */
  initial(): number {
    return this.isLfu ? this.#minutes() << 8 | LFU_INITIAL : this.#seconds & LRU_MASK;
  }

  /** The clock value after an access to an entry that had `clock`. */
  touched(clock: number): number {
    if (!this.isLfu) return this.#seconds & LRU_MASK;
    let counter = this.frequency(clock);
    if (counter < 255) {
      const aboveInitial = Math.max(0, counter - LFU_INITIAL);
      const chance = 1 / (aboveInitial * this.logFactor + 1);
      if (this.random.below(2 ** 31) / 2 ** 31 < chance) counter++;
    }
    return this.#minutes() << 8 | counter;
  }

  /** The clock value of an entry that was accessed `seconds` seconds ago (LRU). */
  withIdle(seconds: number): number {
    return this.#seconds - seconds & LRU_MASK;
  }

  /** The clock value of an entry with this access counter (LFU). */
  withFrequency(counter: number): number {
    return this.#minutes() << 8 | counter;
  }

  /** Seconds since the last access (LRU). */
  idleSeconds(clock: number): number {
    return (this.#seconds & LRU_MASK) - clock & LRU_MASK;
  }

  /** The access counter, less what has decayed since (LFU). */
  frequency(clock: number): number {
    const counter = clock & 0xff;
    if (this.decayMinutes === 0) return counter;
    const elapsed = this.#minutes() - (clock >>> 8) & 0xffff;
    return Math.max(0, counter - Math.floor(elapsed / this.decayMinutes));
  }

  #minutes(): number {
    return Math.floor(this.#seconds / 60) & 0xffff;
  }
}
