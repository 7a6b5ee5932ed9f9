/**
 * 64-bit integers in decimal, read as strictly as Redis 7.2 reads them: no sign but a minus, no leading zeros, no spaces.
 *
 * @module
 */
import { latin1 } from "./bytes.ts";

/** The smallest and the largest 64-bit integer. */
export const INT64_MIN: bigint = -(2n ** 63n);
/** See {@link INT64_MIN}. */
export const INT64_MAX: bigint = 2n ** 63n - 1n;
/** 2^63: one more than {@link INT64_MAX}, which a double cannot hold. */
export const INT64_LIMIT: number = 2 ** 63;
/** The largest double that is a 64-bit integer: {@link INT64_MAX} itself would be rounded to one too many. */
export const LARGEST_INT64_DOUBLE: number = INT64_LIMIT - 2 ** 10;
/** The largest integer of 64 bits without a sign. */
export const UINT64_MAX: bigint = 2n ** 64n - 1n;

/** Digits that always fit a double exactly. */
const EXACT_DIGITS = 15;
const MAX_DIGITS = 19;
const BILLION = 1e9;
const BILLION_DIGITS = 9;

/** The integer that the bytes spell, rounded beyond 2^53; NaN if they spell none that fits 64 bits. */
export function parseInteger(bytes: Uint8Array, start: number, length: number): number {
  let at = start;
  const end = start + length;
  const isNegative = length > 1 && bytes[at] === 0x2d;
  if (isNegative) at++;
  const digits = end - at;
  if (digits === 0 || digits > MAX_DIGITS) return NaN;
  const first = bytes[at] - 0x30;
  if (first === 0) return length === 1 ? 0 : NaN;
  let value = 0;
  for (; at < end; at++) {
    const digit = bytes[at] - 0x30;
    if (digit < 0 || digit > 9) return NaN;
    value = value * 10 + digit;
  }
  if (digits > EXACT_DIGITS) {
    const exact = parseBigInt64(bytes, start, length);
    return exact === undefined ? NaN : Number(exact);
  }
  return isNegative ? -value : value;
}

/** As {@link parseInteger}, exact to the last digit; undefined if there is no such integer. */
export function parseBigInt64(
  bytes: Uint8Array,
  start: number,
  length: number,
): bigint | undefined {
  if (length === 0 || length > MAX_DIGITS + 1) return undefined;
  const text = latin1(bytes, start, length);
  if (!/^(0|-?[1-9][0-9]*)$/.test(text)) return undefined;
  const value = BigInt(text);
  return value >= INT64_MIN && value <= INT64_MAX ? value : undefined;
}

/** Writes a whole number below 2^53 in decimal at `at`; returns the index behind it. Needs up to 17 bytes. */
export function writeInteger(to: Uint8Array, at: number, value: number): number {
  let rest = value;
  if (rest < 0) {
    to[at++] = 0x2d;
    rest = -rest;
  }
  // Takes nine digits at a time, because 32-bit division is several times faster than division of doubles.
  if (rest > 0x7fffffff) {
    const high = Math.floor(rest / BILLION);
    const behind = writeInteger(to, at, high) + BILLION_DIGITS;
    let low = rest - high * BILLION | 0;
    for (let i = behind - 1; i >= behind - BILLION_DIGITS; i--) {
      const tenth = low / 10 | 0;
      to[i] = 0x30 + low - tenth * 10;
      low = tenth;
    }
    return behind;
  }
  let small = rest | 0;
  const end = at + digitsOf(small);
  for (let i = end - 1; i > at; i--) {
    const tenth = small / 10 | 0;
    to[i] = 0x30 + small - tenth * 10;
    small = tenth;
  }
  to[at] = 0x30 + small;
  return end;
}

/** How many digits an integer from 0 to 2^31 - 1 has. */
function digitsOf(value: number): number {
  if (value < 100000) {
    return value < 100 ? value < 10 ? 1 : 2 : value < 1000 ? 3 : value < 10000 ? 4 : 5;
  }
  if (value < 10000000) return value < 1000000 ? 6 : 7;
  return value < 100000000 ? 8 : value < 1000000000 ? 9 : 10;
}
