/**
 * The slot of a key: the nodes of a cluster divide the keys among them by slots.
 *
 * @module
 */
import { crc16 } from "../lib/crc16.ts";

/** How many slots there are. */
export const SLOT_COUNT = 16384;

const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;

/**
 * The slot of the key in `length` bytes from `start`. Only what stands between the first `{` and the next `}` counts, unless that is empty,
 * so that clients can bring keys into one slot.
 */
export function keySlot(bytes: Uint8Array, start: number, length: number): number {
  const end = start + length;
  let open = start;
  while (open < end && bytes[open] !== OPENING_BRACE) open++;
  let close = open + 1;
  while (close < end && bytes[close] !== CLOSING_BRACE) close++;
  return close >= end || close === open + 1
    ? crc16(bytes, start, length) % SLOT_COUNT
    : crc16(bytes, open + 1, close - open - 1) % SLOT_COUNT;
}
