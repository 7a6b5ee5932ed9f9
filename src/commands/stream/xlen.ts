import { command, type CommandSpec, oneKey } from "../../command/spec.ts";

/** XLEN: the number of entries. */
export const xlen: CommandSpec = command({
  name: "xlen",
  group: "stream",
  summary: "Counts the entries of a stream.",
  since: "5.0.0",
  complexity: "O(1)",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: oneKey("RO"),
  syntax: "key",
  run(call) {
    const stream = call.lookupStreamForRead(1);
    call.reply.integer(stream === 0 ? 0 : call.server.keyspace.streams.count(stream));
  },
});
