import { parseCursor, parseScan, replyNothingToScan, replyScan } from "../shared/scan.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";

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
    const entry = call.lookupSetForRead(1);
    const isMember = entry !== 0 && call.server.keyspace.sets.find(entry, call.range(2)) !== 0;
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
    const { sets } = call.server.keyspace;
    const entry = call.lookupSetForRead(1);
    reply.array(args.count - 2);
    for (let i = 2; i < args.count; i++) {
      reply.integer(entry !== 0 && sets.find(entry, call.range(i)) !== 0 ? 1 : 0);
    }
  },
});

/** SCARD: the number of members. */
export const scard: CommandSpec = command({
  name: "scard",
  group: "set",
  summary: "Counts the members of a set.",
  since: "1.0.0",
  complexity: "O(1)",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: oneKey("RO"),
  syntax: "key",
  run(call) {
    const entry = call.lookupSetForRead(1);
    call.reply.integer(entry === 0 ? 0 : call.server.keyspace.sets.count(entry));
  },
});

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
    const { sets } = call.server.keyspace;
    const entry = call.lookupSetForRead(1);
    call.reply.set(entry === 0 ? 0 : sets.count(entry));
    if (entry !== 0) sets.forEach(entry, (handle) => call.replyRange(sets.member(entry, handle)));
  },
});

/** SSCAN: the members, a few at a time. */
export const sscan: CommandSpec = command({
  name: "sscan",
  group: "set",
  summary: "Walks the members of a set a few at a time.",
  since: "2.8.0",
  complexity: "O(1) for each call, O(N) for the whole walk",
  arity: -3,
  flags: ["readonly"],
  keys: oneKey("RO access"),
  tips: ["nondeterministic_output"],
  syntax: "key cursor [MATCH pattern] [COUNT count]",
  run(call) {
    const { sets } = call.server.keyspace;
    parseCursor(call, 2);
    const entry = call.lookupSetForRead(1);
    if (entry === 0) return replyNothingToScan(call);
    const options = parseScan(call, 2);
    replyScan(
      call,
      options,
      {
        repliesEach: 1,
        scan: (cursor, count, visit) => sets.scan(entry, cursor, count, visit),
        name: (handle) => sets.member(entry, handle),
        reply: (handle) => call.replyRange(sets.member(entry, handle)),
      },
    );
  },
});
