import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { NO_TTL } from "../../keyspace/database.ts";
import { ValueType } from "../../keyspace/value_type.ts";

/** GETSET: stores a string and replies with the old one. */
export const getset: CommandSpec = command({
  name: "getset",
  group: "string",
  summary: "Replies with the string that a key holds, and stores another one.",
  since: "1.0.0",
  complexity: "O(1)",
  arity: 3,
  flags: ["write", "denyoom", "fast"],
  keys: oneKey("RW access update"),
  syntax: "key value",
  replacedBy: { since: "6.2.0", command: "`SET` with the `!GET` argument" },
  run(call) {
    call.replyValue(call.lookupForRead(1, ValueType.String));
    call.setString(1, 2, NO_TTL);
    call.keyChanged(1, "string", "set").propagateAs("SET", call.range(1), call.range(2));
  },
});
