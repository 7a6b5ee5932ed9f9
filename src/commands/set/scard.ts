import { command, type CommandSpec, oneKey } from "../../command/spec.ts";

/** SCARD: the number of members. */
export const scard: CommandSpec = command({
  name: "scard",
  group: "set",
  summary: "Counts the members of a set.",
  since: "1.0.0",
  complexity: "O(1)",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: oneKey("RO"),
  syntax: "key",
  run(call) {
    const entry = call.lookupSetForRead(1);
    call.reply.integer(entry === 0 ? 0 : call.server.keyspace.sets.count(entry));
  },
});
