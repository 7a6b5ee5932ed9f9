import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { removeMembers } from "../shared/remove_members.ts";

/** SREM: removes members. */
export const srem: CommandSpec = command({
  name: "srem",
  group: "set",
  summary: "Removes members of a set; a set without members is gone.",
  since: "1.0.0",
  history: [
    { since: "2.4.0", change: "Takes several members.", arityBefore: 3 },
  ],
  complexity: "O(N) where N is the number of members given",
  arity: -3,
  flags: ["write", "fast"],
  keys: oneKey("RW delete"),
  syntax: "key member [member ...]",
  run(call) {
    const entry = call.lookupForWrite(1, ValueType.Set);
    return removeMembers(call, call.keyspace.sets, entry, "set", "srem");
  },
});
