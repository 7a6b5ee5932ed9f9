/**
 * `deno run tests/bench/clocks.ts`: what it costs to ask the runtime for the time, in nanoseconds.
 *
 * @module
 */
const READS = 2_000_000;

for (
  const [name, read] of [["performance.now", () => performance.now()], [
    "Date.now",
    Date.now,
  ]] as const
) {
  let least = Infinity;
  for (let round = 0; round < 5; round++) {
    const start = performance.now();
    for (let i = 0; i < READS; i++) read();
    least = Math.min(least, (performance.now() - start) * 1e6 / READS);
  }
  console.log(`${name.padEnd(16)} ${least.toFixed(0)} ns`);
}
