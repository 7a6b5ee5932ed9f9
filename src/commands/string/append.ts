import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { NO_TTL } from "../../keyspace/database.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { copyBytes } from "../../lib/bytes.ts";
import { checkLength } from "./length_limit.ts";

/** APPEND: adds to the end of a string. */
export const append: CommandSpec = command({
  name: "append",
  group: "string",
  summary: "Adds to the end of the string that a key holds; a missing key counts as empty.",
  since: "2.0.0",
  complexity: "O(1) amortised, since the room for a string doubles as it grows",
  arity: 3,
  flags: ["write", "denyoom", "fast"],
  keys: oneKey("RW insert"),
  syntax: "key value",
  run(call) {
    const { args, reply } = call;
    const entry = call.lookupForWrite(1, ValueType.String);
    const added = args.lengths[2];
    if (entry === 0) {
      call.setString(1, 2, NO_TTL);
      reply.integer(added);
    } else {
      const before = call.value(entry).length;
      checkLength(call, before + added);
      const value = call.value(call.db.resizeString(entry, before + added));
      copyBytes(args.bytes, args.starts[2], value.bytes, value.start + before, added);
      reply.integer(before + added);
    }
    call.keyChanged(1, "string", "append");
  },
});
