/**
 * Counting and finding bits in bytes, and combining them. Bit 0 is the highest bit of the first byte. Kernels work on what is long.
 *
 * @module
 */
import { DESK_BYTES, theDesk } from "../kernels/desk.ts";
import type { ByteRange } from "./bytes.ts";

/** Up to this many bytes a loop is quicker than a kernel. */
const NEAR = 64;

/** How many of a byte's bits are set (Hacker's Delight, 5-1). */
function populationCount(byte: number): number {
  let count = byte - (byte >>> 1 & 0x55);
  count = (count & 0x33) + (count >>> 2 & 0x33);
  return count + (count >>> 4) & 0x0f;
}

/** How many bits from `first` to `last` are set. */
export function countBits(bytes: Uint8Array, first: number, last: number): number {
  const start = Math.floor(first / 8);
  const end = Math.floor(last / 8);
  const headMask = 0xff >> first % 8;
  const tailMask = 0xff << 7 - last % 8 & 0xff;
  if (start === end) return populationCount(bytes[start] & headMask & tailMask);
  return populationCount(bytes[start] & headMask) + countInBytes(bytes, start + 1, end) +
    populationCount(bytes[end] & tailMask);
}

/** How many bits are set in the bytes from `start` on, up to `end`. */
function countInBytes(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  if (end - start <= NEAR) {
    for (let at = start; at < end; at++) count += populationCount(bytes[at]);
    return count;
  }
  const desk = theDesk();
  for (let at = start; at < end; at += DESK_BYTES) {
    const length = Math.min(DESK_BYTES, end - at);
    desk.bytes.set(bytes.subarray(at, at + length), desk.a);
    count += desk.countBits(desk.a, length);
  }
  return count;
}

/** The first bit from `first` to `last` that equals `bit`, or -1. */
export function findBit(bytes: Uint8Array, first: number, last: number, bit: number): number {
  const isFound = (at: number) => (bytes[Math.floor(at / 8)] >> 7 - at % 8 & 1) === bit;
  let at = first;
  for (; at <= last && at % 8 !== 0; at++) if (isFound(at)) return at;
  const end = Math.floor((last + 1) / 8);
  if (at % 8 === 0 && at / 8 < end) at = 8 * skipBytes(bytes, at / 8, end, bit === 1 ? 0 : 0xff);
  for (; at <= last; at++) if (isFound(at)) return at;
  return -1;
}

/** Index of the first byte from `start` on that is not `uniform`; or `end`. */
function skipBytes(bytes: Uint8Array, start: number, end: number, uniform: number): number {
  let at = start;
  for (const near = Math.min(end, start + NEAR); at < near; at++) {
    if (bytes[at] !== uniform) return at;
  }
  const desk = theDesk();
  while (at < end) {
    const length = Math.min(DESK_BYTES, end - at);
    desk.bytes.set(bytes.subarray(at, at + length), desk.a);
    const count = desk.countUniform(desk.a, length, uniform);
    at += count;
    if (count < length) break;
  }
  return at;
}

/** What BITOP does with the bits of its sources. NOT has one source. */
export type BitOperation = "AND" | "OR" | "XOR" | "NOT";

/**
 * Combines `count` strings into `result`; those that are shorter than it go on with zeros. `source` returns string number `i`, in an object
 * that the next call may overwrite.
 */
export function combineBits(
  operation: BitOperation,
  source: (i: number) => ByteRange,
  count: number,
  result: Uint8Array,
): void {
  const desk = theDesk();
  const combine = { AND: desk.and, OR: desk.or, XOR: desk.xor, NOT: undefined }[operation];
  for (let from = 0; from < result.length; from += DESK_BYTES) {
    const length = Math.min(DESK_BYTES, result.length - from);
    putOn(desk.bytes, desk.a, source(0), from, length);
    if (combine === undefined) desk.not(desk.a, length);
    for (let i = 1; i < count; i++) {
      putOn(desk.bytes, desk.b, source(i), from, length);
      combine?.(desk.a, desk.b, length);
    }
    result.set(desk.bytes.subarray(desk.a, desk.a + length), from);
  }
}

/** Copies `length` bytes of a string from its byte `from` on; behind its end come zeros. */
function putOn(
  to: Uint8Array,
  at: number,
  { bytes, start, length: whole }: ByteRange,
  from: number,
  length: number,
): void {
  const present = Math.min(length, Math.max(0, whole - from));
  to.set(bytes.subarray(start + from, start + from + present), at);
  to.fill(0, at + present, at + length);
}
