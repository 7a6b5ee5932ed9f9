import { assert, assertEquals } from "@std/assert";
import { LatencyHistogram } from "../../src/telemetry/latency_histogram.ts";
import { property } from "../support/property.ts";

const MAX_MICROSECONDS = 1e6;

property(
  "percentiles are within one percent of the durations recorded, and counts up to a limit are exact to one percent of it",
  { trials: 200, size: 300 },
  (chance) => {
    const histogram = new LatencyHistogram();
    /** In nanoseconds, as long durations are cut. */
    const durations: number[] = [];
    for (let step = 0; step < chance.size; step++) {
      const microseconds = chance.below(2 ** chance.between(1, 31)) / 1000;
      const count = chance.pick([1, 1, 2, 50]);
      histogram.record(microseconds, count);
      const kept = Math.min(MAX_MICROSECONDS, Math.max(0.001, microseconds));
      for (let left = count; left > 0; left--) durations.push(Math.round(kept * 1000));
    }
    durations.sort((a, b) => a - b);
    assertEquals(histogram.total, durations.length);
    for (const percent of [0, 1, 50, 99, 99.9, 100, 150, chance.below(10_000) / 100]) {
      const found = histogram.percentile(percent) * 1000;
      if (durations.length === 0) {
        assertEquals(found, 0);
        continue;
      }
      const rank = Math.max(1, Math.round(Math.min(percent, 100) / 100 * durations.length));
      const exact = durations[rank - 1];
      assert(found >= exact - 1e-6 && found <= exact * 1.01, `${percent}: ${found} for ${exact}`);
    }
    let [lastLimit, lastCount] = [0, 0];
    for (const [limit, count] of histogram.cumulative()) {
      assert(limit > lastLimit && count > lastCount);
      [lastLimit, lastCount] = [limit, count];
      const atLeast = durations.filter((duration) => duration <= limit * 1000).length;
      const atMost = durations.filter((duration) => duration <= (limit + 1) * 1010).length;
      assert(count >= atLeast && count <= atMost, `${limit}: ${count}`);
    }
    assertEquals(lastCount, durations.length);
  },
);
