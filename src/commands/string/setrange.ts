import { errors } from "../../command/errors.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { NO_TTL, RAW_STRING } from "../../keyspace/database.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { copyBytes } from "../../lib/bytes.ts";
import { checkLength } from "./length_limit.ts";

/** SETRANGE: overwrites part of a string. */
export const setrange: CommandSpec = command({
  name: "setrange",
  group: "string",
  summary: "Overwrites part of a string from an offset on; the string grows as needed.",
  since: "2.2.0",
  complexity: "O(M) where M is the length of the value",
  arity: 4,
  flags: ["write", "denyoom"],
  keys: oneKey("RW update"),
  syntax: "key offset value",
  run(call) {
    const { args, reply } = call;
    const offset = call.integer(2);
    if (offset < 0) throw errors.offsetOutOfRange;
    const added = args.lengths[3];
    const entry = call.lookupForWrite(1, ValueType.String);
    const before = entry === 0 ? 0 : call.value(entry).length;
    if (added === 0) return reply.integer(before);
    checkLength(call, offset + added);
    const length = Math.max(before, offset + added);
    const grown = entry === 0
      ? call.put(1, RAW_STRING, length, NO_TTL)
      : call.db.resizeString(entry, length);
    const value = call.value(grown);
    if (entry === 0) value.bytes.fill(0, value.start, value.start + length);
    copyBytes(args.bytes, args.starts[3], value.bytes, value.start + offset, added);
    call.keyChanged(1, "string", "setrange");
    reply.integer(length);
  },
});
