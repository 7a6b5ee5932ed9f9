import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { removeMembers } from "../shared/remove_members.ts";

/** HDEL: removes fields. */
export const hdel: CommandSpec = command({
  name: "hdel",
  group: "hash",
  summary: "Removes fields of a hash; a hash without fields is gone.",
  since: "2.0.0",
  history: [
    { since: "2.4.0", change: "Takes several fields.", arityBefore: 3 },
  ],
  complexity: "O(N) where N is the number of fields",
  arity: -3,
  flags: ["write", "fast"],
  keys: oneKey("RW delete"),
  syntax: "key field [field ...]",
  run(call) {
    const entry = call.lookupForWrite(1, ValueType.Hash);
    return removeMembers(call, call.keyspace.hashes, entry, "hash", "hdel");
  },
});
