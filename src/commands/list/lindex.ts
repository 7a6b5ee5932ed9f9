import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";

/** LINDEX: replies with an element, by its number. */
export const lindex: CommandSpec = command({
  name: "lindex",
  group: "list",
  summary: "Replies with the element of a list that has a number, negative from the end.",
  since: "1.0.0",
  complexity: "O(N) where N is the number of elements passed",
  arity: 3,
  flags: ["readonly"],
  keys: oneKey("RO access"),
  syntax: "key index",
  run(call) {
    const { lists } = call.keyspace;
    const entry = call.lookupForRead(1, ValueType.List);
    if (entry === 0) return call.reply.null();
    const position = lists.at(entry, call.integer(2));
    if (position === undefined) call.reply.null();
    else call.replyRange(lists.value(entry, position));
  },
});
