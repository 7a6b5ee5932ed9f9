/**
 * Numbers as C's integers, converted as redis-server on x86-64 does.
 *
 * @module
 */
import type { Lua } from "../lua.ts";

const TWO_32 = 2 ** 32;
const TWO_63 = 2 ** 63;
const TWO_64 = 2 ** 64;

/** A double as a signed integer of 64 bits: rounded to zero; what does not fit is the least one. */
export function toInt64(value: number): number {
  return value >= -TWO_63 && value < TWO_63 ? Math.trunc(value) : -TWO_63;
}

/** A double that is not negative as an unsigned integer of 64 bits; 0 from 2^64 on. */
export function toUint64(value: number): number {
  if (value < TWO_63) return toInt64(value);
  if (value < TWO_64) return value;
  return value !== value ? TWO_63 : 0;
}

/** The lower 32 bits of an integer of 64, signed. */
export function lowHalf(value: number): number {
  return value | 0;
}

/** The upper 32 bits of an integer of 64, signed. */
export function highHalf(value: number): number {
  return Math.floor(value / TWO_32) | 0;
}

/** Signed, from its halves. */
export function fromHalves(high: number, low: number): number {
  return (high | 0) * TWO_32 + (low >>> 0);
}

/** Argument `i` as a signed integer of 64 bits. */
export function checkInt64(lua: Lua, i: number): number {
  return toInt64(lua.checkNumber(i));
}

/** As {@link checkInt64}, or a default if there is no such argument or it is nil. */
export function optionalInt64(lua: Lua, i: number, missing: number): number {
  return lua.type(i) <= 0 ? missing : checkInt64(lua, i);
}
