/** SISMEMBER and its family: SMISMEMBER. @module */
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";

/** SISMEMBER: whether a member is there. */
export const sismember: CommandSpec = command({
  name: "sismember",
  group: "set",
  summary: "Tells whether a set has a member.",
  since: "1.0.0",
  complexity: "O(1)",
  arity: 3,
  flags: ["readonly", "fast"],
  keys: oneKey("RO"),
  syntax: "key member",
  run(call) {
    const entry = call.lookupForRead(1, ValueType.Set);
    const isMember = entry !== 0 && call.keyspace.sets.find(entry, call.range(2)) !== 0;
    call.reply.integer(isMember ? 1 : 0);
  },
});

/** SMISMEMBER: whether several members are there. */
export const smismember: CommandSpec = command({
  name: "smismember",
  group: "set",
  summary: "Tells of several members whether a set has them.",
  since: "6.2.0",
  complexity: "O(N) where N is the number of members given",
  arity: -3,
  flags: ["readonly", "fast"],
  keys: oneKey("RO access"),
  syntax: "key member [member ...]",
  run(call) {
    const { args, reply } = call;
    const { sets } = call.keyspace;
    const entry = call.lookupForRead(1, ValueType.Set);
    reply.array(args.count - 2);
    for (let i = 2; i < args.count; i++) {
      reply.integer(entry !== 0 && sets.find(entry, call.range(i)) !== 0 ? 1 : 0);
    }
  },
});
