import type { ListEnd } from "../../keyspace/lists.ts";
import { copyRange } from "../../lib/bytes.ts";
import type { Call } from "../call.ts";
import { errors } from "../errors.ts";
import { command, type CommandSpec, countedKeys, keyRange } from "../spec.ts";
import { replyAndPop } from "./push_pop.ts";

/** Which end argument `i` names. */
function endAt(call: Call, i: number): ListEnd {
  if (call.args.is(i, "LEFT")) return "head";
  if (call.args.is(i, "RIGHT")) return "tail";
  throw errors.syntax;
}

/** Moves an element from an end of the list in argument 1 to an end of that in argument 2. */
function move(call: Call, from: ListEnd, to: ListEnd): undefined {
  const { args, db, reply } = call;
  const { lists } = call.server.keyspace;
  const source = call.lookupListForWrite(1);
  if (source === 0) return reply.null();
  call.lookupListForWrite(2);
  const value = copyRange(lists.value(source, lists.at(source, from === "head" ? 0 : -1)!));
  const total = lists.count(source);
  const isSame = args.same(1, 2);
  if (total === 1 && !isSame) db.delete(source);
  // A list of one element that is moved onto itself stays as it is.
  else if (total > 1) lists.removeRange(db, source, from === "head" ? 0 : total - 1, 1);
  if (total > 1 || !isSame) {
    const found = call.lookupForWrite(2);
    lists.push(db, found === 0 ? lists.create(db, call.key(2)) : found, value, to);
  }
  call.keyChanged(2, "list", to === "head" ? "lpush" : "rpush");
  call.keyChanged(1, "list", from === "head" ? "lpop" : "rpop", db, 0);
  if (total === 1 && !isSame) call.keyEvent(1, "generic", "del");
  return call.replyRange(value);
}

const base = {
  group: "list",
  complexity: "O(1)",
  flags: ["write", "denyoom"],
  keys: [keyRange("RW access delete", 1, 0, 1), keyRange("RW insert", 2, 0, 1)],
} as const;

/** LMOVE: moves an element from one list to another. */
export const lmove: CommandSpec = command({
  ...base,
  name: "lmove",
  summary: "Moves an element from an end of a list to an end of another, and replies with it.",
  since: "6.2.0",
  arity: 5,
  syntax: "source destination <LEFT | RIGHT> <LEFT | RIGHT>",
  run: (call) => move(call, endAt(call, 3), endAt(call, 4)),
});

/** RPOPLPUSH: LMOVE from the tail to the head. */
export const rpoplpush: CommandSpec = command({
  ...base,
  name: "rpoplpush",
  summary: "Moves an element from the tail of a list to the head of another, and replies with it.",
  since: "1.2.0",
  arity: 3,
  syntax: "source destination",
  replacedBy: { since: "6.2.0", command: "LMOVE with the RIGHT and LEFT arguments" },
  run: (call) => move(call, "tail", "head"),
});

/** LMPOP: pops from the first list that is not empty. */
export const lmpop: CommandSpec = command({
  name: "lmpop",
  group: "list",
  summary: "Removes elements from the first of several lists that exists, and replies with them.",
  since: "7.0.0",
  complexity: "O(N+M) where N is the number of keys and M that of elements",
  arity: -4,
  flags: ["write", "movablekeys"],
  keys: [countedKeys("RW access delete", 1)],
  syntax: "numkeys key [key ...] <LEFT | RIGHT> [COUNT count]",
  run(call) {
    const { args, reply } = call;
    const { lists } = call.server.keyspace;
    const numkeys = call.integer(1, errors.numkeysNotPositive);
    if (numkeys < 1) throw errors.numkeysNotPositive;
    const where = numkeys + 2;
    if (where >= args.count) throw errors.syntax;
    const end = endAt(call, where);
    let count: number | undefined;
    for (let i = where + 1; i < args.count; i += 2) {
      if (count !== undefined || !args.is(i, "COUNT") || i + 1 === args.count) throw errors.syntax;
      count = call.integer(i + 1, errors.countNotPositive);
      if (count < 1) throw errors.countNotPositive;
    }
    for (let i = 2; i < where; i++) {
      const entry = call.lookupListForWrite(i);
      if (entry === 0) continue;
      reply.array(2);
      reply.bulk(args.bytes, args.starts[i], args.lengths[i]);
      reply.array(Math.min(count ?? 1, lists.count(entry)));
      return replyAndPop(call, i, entry, end, count ?? 1);
    }
    reply.nullArray();
  },
});
