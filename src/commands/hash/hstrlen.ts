import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";

/** HSTRLEN: the length of a field's value. */
export const hstrlen: CommandSpec = command({
  name: "hstrlen",
  group: "hash",
  summary: "Replies with the length of the value of a field.",
  since: "3.2.0",
  complexity: "O(1)",
  arity: 3,
  flags: ["readonly", "fast"],
  keys: oneKey("RO"),
  syntax: "key field",
  run(call) {
    const entry = call.lookupForRead(1, ValueType.Hash);
    const { hashes } = call.keyspace;
    const handle = entry === 0 ? 0 : hashes.find(entry, call.range(2));
    call.reply.integer(handle === 0 ? 0 : hashes.value(entry, handle).length);
  },
});
