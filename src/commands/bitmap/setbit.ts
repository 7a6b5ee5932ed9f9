import { errors } from "../../command/errors.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { bitOffset } from "./bit_offset.ts";
import { growString, isShorter } from "./grown_string.ts";

/** SETBIT: sets or clears one bit of a string. */
export const setbit: CommandSpec = command({
  name: "setbit",
  group: "bitmap",
  summary:
    "Sets or clears one bit of a string, and replies with what it was; the string grows as needed.",
  since: "2.2.0",
  complexity: "O(1)",
  arity: 4,
  flags: ["write", "denyoom"],
  keys: oneKey("RW access update"),
  syntax: "key offset value",
  run(call) {
    const offset = bitOffset(call, 2);
    const bit = call.integer(3, errors.bitValue);
    if (bit !== 0 && bit !== 1) throw errors.bitValue;
    const entry = call.lookupForWrite(1, ValueType.String);
    const index = Math.floor(offset / 8);
    const grows = isShorter(call, entry, index + 1);
    const value = call.value(growString(call, entry, index + 1));
    const at = value.start + index;
    const mask = 0x80 >> offset % 8;
    const before = (value.bytes[at] & mask) === 0 ? 0 : 1;
    if (grows || bit !== before) {
      if (bit === 1) value.bytes[at] |= mask;
      else value.bytes[at] &= ~mask;
      call.keyChanged(1, "string", "setbit");
    }
    call.reply.integer(before);
  },
});
