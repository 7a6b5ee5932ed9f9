import { errors } from "../../command/errors.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { countBits } from "../../lib/bits.ts";
import type { ByteRange } from "../../lib/bytes.ts";
import { type BitRange, bitRange, countsBits } from "./bit_range.ts";

/** BITCOUNT: counts the bits that are set. */
export const bitcount: CommandSpec = command({
  name: "bitcount",
  group: "bitmap",
  summary: "Counts the bits that are set in a string, or in part of it.",
  since: "2.6.0",
  history: [
    {
      since: "7.0.0",
      change: "`BYTE` and `BIT` say what the range counts.",
      options: ["BYTE", "BIT"],
    },
  ],
  complexity: "O(N)",
  arity: -2,
  flags: ["readonly"],
  keys: oneKey("RO access"),
  syntax: "key [start end [BYTE | BIT]]",
  run(call) {
    const { args, reply } = call;
    const entry = call.lookupForRead(1, ValueType.String);
    if (entry === 0) return reply.integer(0);
    if (args.count === 3 || args.count > 5) throw errors.syntax;
    const start = args.count > 2 ? call.integer(2) : 0;
    const end = args.count > 2 ? call.integer(3) : -1;
    // In Redis 7.2 BITCOUNT, unlike BITPOS, treats two negative indexes in the wrong order as an empty range even if both lie before the
    // start.
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
