import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";

/** STRLEN: replies with the length of a string. */
export const strlen: CommandSpec = command({
  name: "strlen",
  group: "string",
  summary: "Replies with the length of the string that a key holds.",
  since: "2.2.0",
  complexity: "O(1)",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: oneKey("RO"),
  syntax: "key",
  run(call) {
    const entry = call.lookupForRead(1, ValueType.String);
    call.reply.integer(entry === 0 ? 0 : call.value(entry).length);
  },
});
