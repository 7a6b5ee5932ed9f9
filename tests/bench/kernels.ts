/**
 * `deno run tests/bench/kernels.ts`: what a kernel costs beside a loop in TypeScript over words of 32 bits, with the copy onto the desk, in
 * nanoseconds a byte, by the number of bytes.
 *
 * @module
 */
import { theDesk } from "../../src/kernels/desk.ts";

const words = new Int32Array(8192);
const bytes = new Uint8Array(words.buffer);
crypto.getRandomValues(bytes.subarray(0, 32768));
const others = words.slice();
const zeros = new Int32Array(8192);
const desk = theDesk();

function countInLoop(count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) {
    let word = words[i];
    word = word - (word >>> 1 & 0x55555555) | 0;
    word = (word & 0x33333333) + (word >>> 2 & 0x33333333);
    sum += Math.imul(word + (word >>> 4) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return sum;
}

function skipInLoop(count: number): number {
  let i = 0;
  while (i < count && zeros[i] === 0) i++;
  return i;
}

const put = (from: Int32Array, length: number, at: number) =>
  desk.bytes.set(new Uint8Array(from.buffer, 0, length), at);

/** Each work twice: by a loop, and by a kernel. */
const works: Readonly<Record<string, (length: number) => unknown>> = {
  "count, loop": (length) => countInLoop(length / 4),
  "count, kernel": (length) => {
    put(words, length, desk.a);
    return desk.countBits(desk.a, length);
  },
  "skip zeros, loop": (length) => skipInLoop(length / 4),
  "skip zeros, kernel": (length) => {
    put(zeros, length, desk.a);
    return desk.countUniform(desk.a, length, 0);
  },
  "XOR, loop": (length) => {
    for (let i = 0; i < length / 4; i++) words[i] ^= others[i];
  },
  "XOR, kernel": (length) => {
    put(words, length, desk.a);
    put(others, length, desk.b);
    desk.xor(desk.a, desk.b, length);
    bytes.set(desk.bytes.subarray(desk.a, desk.a + length));
  },
};

function nanosecondsPerByte(work: (length: number) => unknown, length: number): number {
  const calls = Math.ceil(2 ** 22 / length);
  let best = Infinity;
  for (let attempt = 0; attempt < 20; attempt++) {
    const start = performance.now();
    for (let i = 0; i < calls; i++) work(length);
    best = Math.min(best, (performance.now() - start) * 1e6 / calls / length);
  }
  return best;
}

const LENGTHS = [32, 64, 256, 1024, 32768];
console.log(`| bytes | ${LENGTHS.join(" | ")} |\n| --- |${" --- |".repeat(LENGTHS.length)}`);
for (const [name, work] of Object.entries(works)) {
  const row = LENGTHS.map((length) => nanosecondsPerByte(work, length).toFixed(2));
  console.log(`| ${name} | ${row.join(" | ")} |`);
}
