import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { bitOffset } from "./bit_offset.ts";

/** GETBIT: replies with one bit of a string. */
export const getbit: CommandSpec = command({
  name: "getbit",
  group: "bitmap",
  summary: "Replies with one bit of a string; bits beyond its end are 0.",
  since: "2.2.0",
  complexity: "O(1)",
  arity: 3,
  flags: ["readonly", "fast"],
  keys: oneKey("RO access"),
  syntax: "key offset",
  run(call) {
    const offset = bitOffset(call, 2);
    const entry = call.lookupForRead(1, ValueType.String);
    const index = Math.floor(offset / 8);
    let bit = 0;
    if (entry !== 0) {
      const value = call.value(entry);
      if (index < value.length) bit = value.bytes[value.start + index] >> 7 - offset % 8 & 1;
    }
    call.reply.integer(bit);
  },
});
