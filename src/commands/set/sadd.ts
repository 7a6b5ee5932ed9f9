import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";

/** SADD: adds members. */
export const sadd: CommandSpec = command({
  name: "sadd",
  group: "set",
  summary: "Adds members to a set, and counts those that are new.",
  since: "1.0.0",
  history: [
    { since: "2.4.0", change: "Takes several members.", arityBefore: 3 },
  ],
  complexity: "O(1) for each member",
  arity: -3,
  flags: ["write", "denyoom", "fast"],
  keys: oneKey("RW insert"),
  syntax: "key member [member ...]",
  run(call) {
    const { args, db, reply } = call;
    const { sets } = call.keyspace;
    let entry = call.lookupForWrite(1, ValueType.Set);
    entry = entry === 0
      ? sets.create(db, call.key(1), call.range(2), args.count - 2)
      : sets.makeRoom(db, entry, args.count - 2);
    let added = 0;
    for (let i = 2; i < args.count; i++) {
      const member = call.range(i);
      if (sets.find(entry, member) !== 0) continue;
      entry = sets.add(db, entry, member);
      added++;
    }
    if (added > 0) call.keyChanged(1, "set", "sadd", added);
    reply.integer(added);
  },
});
