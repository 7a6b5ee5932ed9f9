import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";

/** SMEMBERS: all members. */
export const smembers: CommandSpec = command({
  name: "smembers",
  group: "set",
  summary: "Lists all members of a set.",
  since: "1.0.0",
  complexity: "O(N) where N is the number of members",
  arity: 2,
  flags: ["readonly"],
  keys: oneKey("RO access"),
  tips: ["nondeterministic_output_order"],
  syntax: "key",
  run(call) {
    const { sets } = call.keyspace;
    const entry = call.lookupForRead(1, ValueType.Set);
    call.reply.set(entry === 0 ? 0 : sets.count(entry));
    if (entry !== 0) sets.forEach(entry, (handle) => call.replyRange(sets.member(entry, handle)));
  },
});
