import { command, type CommandSpec, oneKey } from "../../command/spec.ts";

/** LLEN: the number of elements. */
export const llen: CommandSpec = command({
  name: "llen",
  group: "list",
  summary: "Counts the elements of a list.",
  since: "1.0.0",
  complexity: "O(1)",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: oneKey("RO"),
  syntax: "key",
  run(call) {
    const entry = call.lookupListForRead(1);
    call.reply.integer(entry === 0 ? 0 : call.server.keyspace.lists.count(entry));
  },
});
