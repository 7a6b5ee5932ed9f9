import { command, type CommandSpec, oneKey } from "../../command/spec.ts";

/** ZCARD: the number of members. */
export const zcard: CommandSpec = command({
  name: "zcard",
  group: "sorted-set",
  summary: "Counts the members of a sorted set.",
  since: "1.2.0",
  complexity: "O(1)",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: oneKey("RO"),
  syntax: "key",
  run(call) {
    const entry = call.lookupSortedSetForRead(1);
    call.reply.integer(entry === 0 ? 0 : call.server.keyspace.sortedSets.count(entry));
  },
});
