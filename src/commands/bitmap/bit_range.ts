import type { Call } from "../../command/call.ts";
import { errors } from "../../command/errors.ts";

/** A range of bits from the first to the last, both included. */
export interface BitRange {
  readonly first: number;
  readonly last: number;
}

/** Whether argument `i` says that indexes count bits; without the argument they count bytes. */
export function countsBits(call: Call, i: number): boolean {
  const { args } = call;
  if (args.count <= i) return false;
  if (args.is(i, "BIT")) return true;
  if (args.is(i, "BYTE")) return false;
  throw errors.syntax;
}

/** Turns indexes that may be negative, as in GETRANGE, into a range of bits of a string of `length` bytes. */
export function bitRange(
  start: number,
  end: number,
  inBits: boolean,
  length: number,
): BitRange | undefined {
  const total = inBits ? length * 8 : length;
  const from = Math.max(0, start < 0 ? total + start : start);
  const to = Math.min(total - 1, Math.max(0, end < 0 ? total + end : end));
  if (from > to) return undefined;
  return inBits ? { first: from, last: to } : { first: from * 8, last: to * 8 + 7 };
}
