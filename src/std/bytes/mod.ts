/**
 * Stand-in for the functions of `@std/bytes` that this project uses, with the same names, signatures and meaning.
 * See `src/std/assert/mod.ts` for why it exists.
 *
 * @module
 */
import { Buffer } from "node:buffer";

/** Whether both arrays hold the same bytes. */
export function equals(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}

/** A new array with the bytes of all `buffers`, one after another. */
export function concat(buffers: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const buffer of buffers) length += buffer.length;
  const output = new Uint8Array(length);
  let index = 0;
  for (const buffer of buffers) {
    output.set(buffer, index);
    index += buffer.length;
  }
  return output;
}

/** The index of the first place at or after `start` where `needle` stands in `source`, or -1. */
export function indexOfNeedle(source: Uint8Array, needle: Uint8Array, start = 0): number {
  if (start >= source.length) return -1;
  return Buffer.from(source.buffer, source.byteOffset, source.byteLength)
    .indexOf(needle, Math.max(0, start < 0 ? source.length + start : start));
}
