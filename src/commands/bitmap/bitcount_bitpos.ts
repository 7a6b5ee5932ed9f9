import type { ByteRange } from "../../lib/bytes.ts";
import { countBits, findBit } from "../../lib/bits.ts";
import type { Call } from "../../command/call.ts";
import { errors } from "../../command/errors.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";

/** A range of bits, first and last, or nothing if it is empty. */
interface BitRange {
  readonly first: number;
  readonly last: number;
}

/** Whether argument `i`, if it is there, says that indexes count bits. */
function countsBits(call: Call, i: number): boolean {
  const { args } = call;
  if (args.count <= i) return false;
  if (args.is(i, "BIT")) return true;
  if (args.is(i, "BYTE")) return false;
  throw errors.syntax;
}

/** Makes indexes that may be negative, as in GETRANGE, into a range of bits of a string of `length` bytes. */
function bitRange(
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

/** BITCOUNT: counts the bits that are set. */
export const bitcount: CommandSpec = command({
  name: "bitcount",
  group: "bitmap",
  summary: "Counts the bits that are set in a string, or in part of it.",
  since: "2.6.0",
  complexity: "O(N)",
  arity: -2,
  flags: ["readonly"],
  keys: oneKey("RO access"),
  syntax: "key [start end [BYTE | BIT]]",
  run(call) {
    const { args, reply } = call;
    const entry = call.lookupStringForRead(1);
    if (entry === 0) return reply.integer(0);
    if (args.count === 3 || args.count > 5) throw errors.syntax;
    const start = args.count > 2 ? call.integer(2) : 0;
    const end = args.count > 2 ? call.integer(3) : -1;
    // Unlike BITPOS, BITCOUNT takes two negative indexes in the wrong order for an empty range even where both are before the start.
    if (start < 0 && end < 0 && start >= end && call.isReversedFromEnd(2, 3)) {
      return reply.integer(0);
    }
    const inBits = countsBits(call, 4);
    const value = call.value(entry);
    const range = bitRange(start, end, inBits, value.length);
    reply.integer(range === undefined ? 0 : countInRange(value, range));
  },
});

function countInRange(value: ByteRange, { first, last }: BitRange): number {
  return countBits(value.bytes, value.start * 8 + first, value.start * 8 + last);
}

/** BITPOS: finds the first bit that is 1, or 0. */
export const bitpos: CommandSpec = command({
  name: "bitpos",
  group: "bitmap",
  summary: "Finds the first bit of a string, or of part of it, that is set or clear.",
  since: "2.8.7",
  complexity: "O(N)",
  arity: -3,
  flags: ["readonly"],
  keys: oneKey("RO access"),
  syntax: "key bit [start [end [BYTE | BIT]]]",
  run(call) {
    const { args, reply } = call;
    const bit = call.integer(2);
    if (bit !== 0 && bit !== 1) throw errors.bitArgument;
    const entry = call.lookupStringForRead(1);
    // A missing key is a string of endless zeros.
    if (entry === 0) return reply.integer(bit === 1 ? -1 : 0);
    if (args.count > 6) throw errors.syntax;
    const start = args.count > 3 ? call.integer(3) : 0;
    const inBits = countsBits(call, 5);
    const hasEnd = args.count > 4;
    const end = hasEnd ? call.integer(4) : -1;
    const value = call.value(entry);
    const range = bitRange(start, end, inBits, value.length);
    if (range === undefined) return reply.integer(-1);
    const base = value.start * 8;
    const found = findBit(value.bytes, base + range.first, base + range.last, bit);
    // A string is followed by endless zeros, unless the caller said where to stop.
    if (found < 0) reply.integer(bit === 0 && !hasEnd ? value.length * 8 : -1);
    else reply.integer(found - base);
  },
});
