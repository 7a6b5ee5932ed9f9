/**
 * Intsets: small sets of integers as a sorted array, byte for byte as Redis lays them out.
 *
 *     u32 width of an element in bytes (2, 4 or 8) | u32 elements | elements in ascending order, little-endian
 *
 * All elements have the width of the largest. Integers beyond 2^53 are handled as BigInts; comparisons of a number with a BigInt are exact
 * in JavaScript, so the two mix. Finding takes O(log n), changing O(bytes).
 *
 * @module
 */

import { breaks, CHECKS_INVARIANTS } from "../lib/invariant.ts";

/** A constant of this module, since V8 folds those (see `lib/invariant.ts`). */
const CHECKS = CHECKS_INVARIANTS;

/** Size of an intset without elements. */
export const EMPTY_INTSET_BYTES = 8;

/** An integer of 64 bits: a number where that is exact. */
export type IntsetValue = number | bigint;

/** Writes an empty intset. */
export function writeEmptyIntset(bytes: Uint8Array, start: number): void {
  writeIntsetHeader(bytes, start, 2, 0);
}

/** Writes width and count. */
export function writeIntsetHeader(
  bytes: Uint8Array,
  start: number,
  width: number,
  count: number,
): void {
  for (let i = 0; i < 4; i++) {
    bytes[start + i] = width >>> 8 * i;
    bytes[start + 4 + i] = count >>> 8 * i;
  }
}

/** Number of elements. */
export function intsetCount(bytes: Uint8Array, start: number): number {
  return bytes[start + 4] | bytes[start + 5] << 8 | bytes[start + 6] << 16 | bytes[start + 7] << 24;
}

/** Bytes that each element takes. */
export function intsetWidth(bytes: Uint8Array, start: number): number {
  return bytes[start];
}

/** Bytes that this integer needs as an element. */
export function widthOf(value: IntsetValue): number {
  if (value >= -(2 ** 15) && value < 2 ** 15) return 2;
  return value >= -(2 ** 31) && value < 2 ** 31 ? 4 : 8;
}

/** The element at `index`. */
export function intsetAt(bytes: Uint8Array, start: number, index: number): IntsetValue {
  const width = bytes[start];
  if (CHECKS) checkIntset(bytes, start, index);
  const at = start + EMPTY_INTSET_BYTES + index * width;
  if (width === 2) return (bytes[at] | bytes[at + 1] << 8) << 16 >> 16;
  const low = bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 | bytes[at + 3] << 24;
  if (width === 4) return low;
  const high = bytes[at + 4] | bytes[at + 5] << 8 | bytes[at + 6] << 16 | bytes[at + 7] << 24;
  const value = high * 2 ** 32 + (low >>> 0);
  return Number.isSafeInteger(value) ? value : BigInt(high) << 32n | BigInt(low >>> 0);
}

/** Checks the width of an intset, and that it has an element at `index`. */
function checkIntset(bytes: Uint8Array, start: number, index: number): void {
  const width = intsetWidth(bytes, start);
  if (width !== 2 && width !== 4 && width !== 8) breaks("an intset", `its width is ${width}`);
  const count = intsetCount(bytes, start);
  if (!(index >= 0 && index < count)) breaks("an intset", `no element ${index} of ${count}`);
}

/** Writes an element of a given width. */
export function writeIntsetValue(
  bytes: Uint8Array,
  at: number,
  width: number,
  value: IntsetValue,
): void {
  if (width === 8) {
    const exact = BigInt(value);
    for (let i = 0; i < 8; i++) bytes[at + i] = Number(exact >> BigInt(8 * i) & 0xffn);
  } else {
    for (let i = 0; i < width; i++) bytes[at + i] = Number(value) >> 8 * i;
  }
}

/** Index of the element; if it does not exist, `-1 - index`, where `index` is the place where it belongs. */
export function findInIntset(bytes: Uint8Array, start: number, value: IntsetValue): number {
  let low = 0;
  let high = intsetCount(bytes, start);
  while (low < high) {
    const middle = low + high >>> 1;
    const found = intsetAt(bytes, start, middle);
    if (found < value) low = middle + 1;
    else if (found > value) high = middle;
    else return middle;
  }
  return -1 - low;
}
