import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { elementRange } from "./element_range.ts";

/** LRANGE: replies with a range of elements. */
export const lrange: CommandSpec = command({
  name: "lrange",
  group: "list",
  summary: "Lists a range of the elements of a list.",
  since: "1.0.0",
  complexity: "O(S+N) where S is the number of elements before the range and N that in it",
  arity: 4,
  flags: ["readonly"],
  keys: oneKey("RO access"),
  syntax: "key start stop",
  run(call) {
    const { reply } = call;
    const { lists } = call.keyspace;
    elementRange(call, 0);
    const entry = call.lookupForRead(1, ValueType.List);
    const shown = entry === 0 ? undefined : elementRange(call, lists.count(entry));
    if (shown === undefined) return reply.array(0);
    reply.array(shown.last - shown.first + 1);
    const count = shown.last - shown.first + 1;
    lists.walk(entry, shown.first, count, "tail", (value) => call.replyRange(value));
  },
});
