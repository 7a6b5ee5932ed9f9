import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";

/** HEXISTS: whether a field is there. */
export const hexists: CommandSpec = command({
  name: "hexists",
  group: "hash",
  summary: "Tells whether a hash has a field.",
  since: "2.0.0",
  complexity: "O(1)",
  arity: 3,
  flags: ["readonly", "fast"],
  keys: oneKey("RO"),
  syntax: "key field",
  run(call) {
    const entry = call.lookupForRead(1, ValueType.Hash);
    const { hashes } = call.keyspace;
    const exists = entry !== 0 && hashes.find(entry, call.range(2)) !== 0;
    call.reply.integer(exists ? 1 : 0);
  },
});
