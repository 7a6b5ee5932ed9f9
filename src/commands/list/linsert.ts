import { errors } from "../../command/errors.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";

/** LINSERT: inserts an element beside another. */
export const linsert: CommandSpec = command({
  name: "linsert",
  group: "list",
  summary: "Inserts an element before or behind another one.",
  since: "2.2.0",
  complexity: "O(N) where N is the number of elements passed",
  arity: 5,
  flags: ["write", "denyoom"],
  keys: oneKey("RW insert"),
  syntax: "key <BEFORE | AFTER> pivot element",
  run(call) {
    const { args, db, reply } = call;
    const { lists } = call.keyspace;
    const isBehind = args.is(2, "AFTER");
    if (!isBehind && !args.is(2, "BEFORE")) throw errors.syntax;
    const entry = call.lookupForWrite(1, ValueType.List);
    if (entry === 0) return reply.integer(0);
    const roomy = lists.makeRoom(db, entry, 1, args.lengths[4]);
    const position = lists.find(roomy, call.range(3));
    if (position === undefined) return reply.integer(-1);
    const grown = lists.insert(db, roomy, position, call.range(4), isBehind);
    call.keyChanged(1, "list", "linsert");
    reply.integer(lists.count(grown));
  },
});
