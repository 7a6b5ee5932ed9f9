import { command, type CommandSpec, keyRange } from "../../command/spec.ts";
import { deleteIfEmpty } from "../shared/emptied_key.ts";
import { ValueType } from "../../keyspace/value_type.ts";

/** SMOVE: moves a member to another set. */
export const smove: CommandSpec = command({
  name: "smove",
  group: "set",
  summary: "Moves a member from one set to another.",
  since: "1.0.0",
  complexity: "O(1)",
  arity: 4,
  flags: ["write", "fast"],
  keys: [keyRange("RW access delete", 1, 0, 1), keyRange("RW insert", 2, 0, 1)],
  syntax: "source destination member",
  run(call) {
    const { args, db, reply } = call;
    const { sets } = call.keyspace;
    const source = call.lookupForWrite(1);
    const destination = call.lookupForWrite(2);
    if (source === 0) return reply.integer(0);
    call.mustBe(source, ValueType.Set);
    call.mustBe(destination, ValueType.Set);
    const member = call.range(3);
    const handle = sets.find(source, member);
    if (handle === 0 || args.same(1, 2)) return reply.integer(handle === 0 ? 0 : 1);
    const left = sets.remove(db, source, handle);
    call.keyChanged(1, "set", "srem");
    deleteIfEmpty(call, 1, left);
    const found = call.lookupForWrite(2);
    const target = found === 0 ? sets.create(db, call.key(2), member) : found;
    if (sets.find(target, member) === 0) {
      sets.add(db, target, member);
      call.keyChanged(2, "set", "sadd");
    }
    reply.integer(1);
  },
});
