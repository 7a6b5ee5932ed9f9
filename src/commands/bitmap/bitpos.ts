import { errors } from "../../command/errors.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { findBit } from "../../lib/bits.ts";
import { bitRange, countsBits } from "./bit_range.ts";

/** BITPOS: finds the first bit that is 1, or 0. */
export const bitpos: CommandSpec = command({
  name: "bitpos",
  group: "bitmap",
  summary: "Finds the first bit of a string, or of part of it, that is set or clear.",
  since: "2.8.7",
  history: [
    {
      since: "7.0.0",
      change: "`BYTE` and `BIT` say what the range counts.",
      options: ["BYTE", "BIT"],
    },
  ],
  complexity: "O(N)",
  arity: -3,
  flags: ["readonly"],
  keys: oneKey("RO access"),
  syntax: "key bit [start [end [BYTE | BIT]]]",
  run(call) {
    const { args, reply } = call;
    const bit = call.integer(2);
    if (bit !== 0 && bit !== 1) throw errors.bitArgument;
    const entry = call.lookupForRead(1, ValueType.String);
    // A missing key is treated as an endless string of zeros.
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
    // Endless zeros follow the string, unless the request says where the range ends.
    if (found < 0) reply.integer(bit === 0 && !hasEnd ? value.length * 8 : -1);
    else reply.integer(found - base);
  },
});
