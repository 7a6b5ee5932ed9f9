import { command, type CommandSpec, oneKey } from "../../command/spec.ts";

/** HLEN: the number of fields. */
export const hlen: CommandSpec = command({
  name: "hlen",
  group: "hash",
  summary: "Counts the fields of a hash.",
  since: "2.0.0",
  complexity: "O(1)",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: oneKey("RO"),
  syntax: "key",
  run(call) {
    const entry = call.lookupHashForRead(1);
    call.reply.integer(entry === 0 ? 0 : call.server.keyspace.hashes.count(entry));
  },
});
