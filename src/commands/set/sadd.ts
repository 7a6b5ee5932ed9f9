import { ValueType } from "../../keyspace/value_type.ts";
import { removeMembers } from "../shared/remove_members.ts";
import { command, type CommandSpec, keyRange, oneKey } from "../../command/spec.ts";

/** SADD: adds members. */
export const sadd: CommandSpec = command({
  name: "sadd",
  group: "set",
  summary: "Adds members to a set, and counts those that are new.",
  since: "1.0.0",
  complexity: "O(1) for each member",
  arity: -3,
  flags: ["write", "denyoom", "fast"],
  keys: oneKey("RW insert"),
  syntax: "key member [member ...]",
  run(call) {
    const { args, db, reply } = call;
    const { sets } = call.server.keyspace;
    let entry = call.lookupSetForWrite(1);
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
    if (added > 0) call.keyChanged(1, "set", "sadd", db, added);
    reply.integer(added);
  },
});

/** SREM: removes members. */
export const srem: CommandSpec = command({
  name: "srem",
  group: "set",
  summary: "Removes members of a set; a set without members is gone.",
  since: "1.0.0",
  complexity: "O(N) where N is the number of members given",
  arity: -3,
  flags: ["write", "fast"],
  keys: oneKey("RW delete"),
  syntax: "key member [member ...]",
  run(call) {
    const entry = call.lookupSetForWrite(1);
    return removeMembers(call, call.server.keyspace.sets, entry, "set", "srem");
  },
});

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
    const { sets } = call.server.keyspace;
    const source = call.lookupForWrite(1);
    const destination = call.lookupForWrite(2);
    if (source === 0) return reply.integer(0);
    call.mustBe(source, ValueType.Set);
    call.mustBe(destination, ValueType.Set);
    const member = call.range(3);
    const handle = sets.find(source, member);
    if (handle === 0 || args.same(1, 2)) return reply.integer(handle === 0 ? 0 : 1);
    const left = sets.remove(db, source, handle);
    const isEmpty = sets.count(left) === 0;
    if (isEmpty) db.delete(left);
    call.keyChanged(1, "set", "srem");
    if (isEmpty) call.keyEvent(1, "generic", "del");
    const found = call.lookupForWrite(2);
    const target = found === 0 ? sets.create(db, call.key(2), member) : found;
    if (sets.find(target, member) === 0) {
      sets.add(db, target, member);
      call.keyChanged(2, "set", "sadd");
    }
    reply.integer(1);
  },
});
