import type { Call } from "../../command/call.ts";

/** A range of element numbers, as GETRANGE reads its arguments; undefined if it is empty. */
export function elementRange(
  call: Call,
  length: number,
): { first: number; last: number } | undefined {
  const [start, end] = [call.integer(2), call.integer(3)];
  const first = Math.max(0, start < 0 ? start + length : start);
  const last = Math.min(length - 1, end < 0 ? end + length : end);
  return first > last ? undefined : { first, last };
}
