/**
 * `deno run tests/bench/words.ts`: what it costs to copy and to compare bytes one by one, in words, and by a call of the runtime, in nanoseconds,
 * between an ordinary buffer and a WebAssembly memory. Where `lib/bytes.ts` changes from one way to the next.
 *
 * @module
 */
import { copyWords, sameWords } from "../../src/lib/words.ts";

const CALLS = 100_000;
const memory = new Uint8Array(new WebAssembly.Memory({ initial: 2, maximum: 2 }).buffer);
const buffer = new Uint8Array(65536);

/** Works on `length` bytes of the buffer from `start`, and as many of the memory from `at`. */
type Work = (start: number, at: number, length: number) => unknown;

const ways: Record<string, Work> = {
  "copy, loop": (start, at, length) => {
    for (let i = 0; i < length; i++) memory[at + i] = buffer[start + i];
  },
  "copy, words": (start, at, length) => copyWords(buffer, start, memory, at, length),
  "copy, set": (start, at, length) => memory.set(buffer.subarray(start, start + length), at),
  "compare, loop": (start, at, length) => {
    for (let i = 0; i < length; i++) if (memory[at + i] !== buffer[start + i]) return false;
    return true;
  },
  "compare, words": (start, at, length) => sameWords(buffer, start, memory, at, length),
};

function nanoseconds(work: Work, length: number): number {
  let best = Infinity;
  for (let attempt = 0; attempt < 20; attempt++) {
    const start = performance.now();
    for (let i = 0; i < CALLS; i++) work(i & 1023, (i & 1023) * 3 + 7, length);
    best = Math.min(best, (performance.now() - start) * 1e6 / CALLS);
  }
  return best;
}

const LENGTHS = [8, 16, 24, 64, 128, 256];
console.log(`| bytes | ${LENGTHS.join(" | ")} |\n| --- |${" --- |".repeat(LENGTHS.length)}`);
for (const [name, work] of Object.entries(ways)) {
  const figures = LENGTHS.map((length) => nanoseconds(work, length).toFixed(0));
  console.log(`| ${name} | ${figures.join(" | ")} |`);
}
