/**
 * How long the runs of one command took. It counts in buckets whose width grows with the value, so that a few kilobytes hold every duration
 * to within one percent. The buckets are those of an HDR histogram with two significant digits (hdrhistogram.org), which Redis uses.
 *
 *     below 256 ns     a bucket for each nanosecond
 *     2^e to 2^(e+1)   128 buckets, each 2^(e-7) ns wide
 *
 * @module
 */

const EXACT_BUCKETS = 256;
const FIRST_EXPONENT = 8;
const BUCKETS_PER_OCTAVE = 128;
/** Longest duration, in nanoseconds; longer ones count as this one. */
const MAX_NANOSECONDS = 1e9;
const BUCKETS = bucketOf(MAX_NANOSECONDS) + 1;

function bucketOf(nanoseconds: number): number {
  if (nanoseconds < EXACT_BUCKETS) return nanoseconds;
  const exponent = 31 - Math.clz32(nanoseconds);
  const offset = (nanoseconds >>> exponent - 7) - BUCKETS_PER_OCTAVE;
  return EXACT_BUCKETS + (exponent - FIRST_EXPONENT) * BUCKETS_PER_OCTAVE + offset;
}

/** The longest duration that falls into a bucket, in nanoseconds. */
function highestOf(bucket: number): number {
  if (bucket < EXACT_BUCKETS) return bucket;
  const octave = Math.floor((bucket - EXACT_BUCKETS) / BUCKETS_PER_OCTAVE);
  const offset = (bucket - EXACT_BUCKETS) % BUCKETS_PER_OCTAVE;
  const width = 2 ** (octave + 1);
  return (BUCKETS_PER_OCTAVE + offset + 1) * width - 1;
}

/** Durations of one command's runs. */
export class LatencyHistogram {
  /** Number of durations recorded. */
  total = 0;
  readonly #counts = new Float64Array(BUCKETS);

  /** Records `count` runs that took `microseconds` each. */
  record(microseconds: number, count: number): void {
    const nanoseconds = Math.min(MAX_NANOSECONDS, Math.max(1, Math.round(microseconds * 1000)));
    this.#counts[bucketOf(nanoseconds)] += count;
    this.total += count;
  }

  /** The duration in microseconds that `percent` of the runs did not exceed. */
  percentile(percent: number): number {
    const wanted = Math.max(1, Math.round(Math.min(percent, 100) / 100 * this.total));
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += this.#counts[bucket];
      if (seen >= wanted) return highestOf(bucket) / 1000;
    }
    return 0;
  }

  /**
   * How many runs took no longer than about 1, 2, 4, 8, 16, 33 ... microseconds (powers of two of 1.024): pairs of the limit and the count,
   * without limits that add nothing.
   */
  cumulative(): [microseconds: number, count: number][] {
    const result: [number, number][] = [];
    let seen = 0;
    let bucket = 0;
    for (let limit = 1024; seen < this.total; limit *= 2) {
      const before = seen;
      for (const last = bucketOf(limit); bucket <= last && bucket < BUCKETS; bucket++) {
        seen += this.#counts[bucket];
      }
      if (seen > before) result.push([Math.floor(highestOf(bucket - 1) / 1000), seen]);
    }
    return result;
  }
}
