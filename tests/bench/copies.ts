/**
 * `deno run tests/bench/copies.ts`: what it costs to copy bytes out of the kinds of memory that an arena could lie in, aligned as the target
 * and not, in nanoseconds. Why the arena lies in WebAssembly memories.
 *
 * @module
 */

const BYTES = 2 ** 24;
const target = new Uint8Array(2 ** 20);
const shared = new SharedArrayBuffer(2 ** 20, { maxByteLength: 2 ** 32 });
shared.grow(BYTES);
const sources: Record<string, Uint8Array> = {
  "growable SharedArrayBuffer": new Uint8Array(shared, 0, BYTES),
  "WebAssembly.Memory": new Uint8Array(
    new WebAssembly.Memory({ initial: BYTES / 65536, maximum: 16384 }).buffer,
  ),
};

function nanoseconds(source: Uint8Array, length: number, offset: number): number {
  const rounds = Math.max(50, Math.floor(2e7 / length));
  let best = Infinity;
  for (let attempt = 0; attempt < 5; attempt++) {
    const start = performance.now();
    for (let i = 0; i < rounds; i++) {
      const from = offset + (i * 98_760 & 0x7fffff);
      target.set(source.subarray(from, from + length), 8);
    }
    best = Math.min(best, (performance.now() - start) * 1e6 / rounds);
  }
  return best;
}

console.log("| bytes | memory | aligned | not aligned |\n| --- | --- | --- | --- |");
for (const length of [64, 1024, 102_400]) {
  for (const [name, source] of Object.entries(sources)) {
    const [aligned, unaligned] = [8, 3].map((offset) => nanoseconds(source, length, offset));
    console.log(`| ${length} | ${name} | ${aligned.toFixed(0)} ns | ${unaligned.toFixed(0)} ns |`);
  }
}
