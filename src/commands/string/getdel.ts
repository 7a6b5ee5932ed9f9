import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";

/** GETDEL: replies with the string of a key and deletes the key. */
export const getdel: CommandSpec = command({
  name: "getdel",
  group: "string",
  summary: "Replies with the string that a key holds, and deletes the key.",
  since: "6.2.0",
  complexity: "O(1)",
  arity: 2,
  flags: ["write", "fast"],
  keys: oneKey("RW access delete"),
  syntax: "key",
  run(call) {
    const entry = call.lookupForRead(1, ValueType.String);
    call.replyValue(entry);
    if (entry === 0) return;
    call.db.delete(entry);
    call.keyChanged(1, "generic", "del").propagateAs("DEL", call.range(1));
  },
});
