import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";

/** GET: replies with the string of a key. */
export const get: CommandSpec = command({
  name: "get",
  group: "string",
  summary: "Replies with the string that a key holds.",
  since: "1.0.0",
  complexity: "O(1)",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: oneKey("RO access"),
  syntax: "key",
  run(call) {
    call.replyValue(call.lookupForRead(1, ValueType.String));
  },
});
