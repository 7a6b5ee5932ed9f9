import { ValueType } from "../../keyspace/value_type.ts";
import type { ListEnd } from "../../keyspace/lists.ts";
import { copyRange } from "../../lib/bytes.ts";
import type { Call } from "../../command/call.ts";
import { deadlineOfSeconds } from "../shared/block_timeout.ts";
import { command, type CommandSpec, keyRange } from "../../command/spec.ts";
import { endAt } from "./list_end.ts";

/**
 * Moves an element from an end of the list in argument 1 to an end of that in argument 2. If there is none, a `deadlineMs` says until when
 * to wait for one.
 */
function move(call: Call, from: ListEnd, to: ListEnd, deadlineMs?: number): undefined {
  const { args, db, reply } = call;
  const { lists } = call.server.keyspace;
  const source = call.lookupListForWrite(1);
  if (source === 0) {
    if (deadlineMs === undefined || !call.mayBlock) return reply.null();
    return call.waitForKeys(1, 1, ValueType.List, deadlineMs);
  }
  call.lookupListForWrite(2);
  const value = copyRange(lists.value(source, lists.at(source, from === "head" ? 0 : -1)!));
  const total = lists.count(source);
  const isSame = args.same(1, 2);
  if (total === 1 && !isSame) db.delete(source);
  // A list of one element that is moved onto itself stays as it is.
  else if (total > 1) lists.removeRange(db, source, from === "head" ? 0 : total - 1, 1);
  if (total > 1 || !isSame) {
    const found = call.lookupForWrite(2);
    const target = found === 0 ? lists.create(db, call.key(2)) : found;
    lists.push(db, lists.makeRoom(db, target, 1, value.length), value, to);
  }
  call.keyChanged(2, "list", to === "head" ? "lpush" : "rpush");
  call.keyChanged(1, "list", from === "head" ? "lpop" : "rpop", db, 0);
  if (total === 1 && !isSame) call.keyEvent(1, "generic", "del");
  if (call.isPropagated && deadlineMs !== undefined) propagateWithoutWaiting(call);
  return call.replyRange(value);
}

/** BLMOVE goes as LMOVE, BRPOPLPUSH as RPOPLPUSH: without the timeout at the end. */
function propagateWithoutWaiting(call: Call): void {
  const [, ...words] = call.args.texts().slice(0, -1);
  call.propagateAs(call.command.spec.name.slice(1).toUpperCase(), ...words);
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

/** BLMOVE: LMOVE that waits for an element. */
export const blmove: CommandSpec = command({
  ...base,
  name: "blmove",
  flags: ["write", "denyoom", "blocking"],
  summary:
    "Moves an element from an end of a list to an end of another, and replies with it; waits for one if there is none.",
  since: "6.2.0",
  arity: 6,
  syntax: "source destination <LEFT | RIGHT> <LEFT | RIGHT> timeout",
  run(call) {
    const [from, to] = [endAt(call, 3), endAt(call, 4)];
    return move(call, from, to, deadlineOfSeconds(call, 5));
  },
});

/** BRPOPLPUSH: RPOPLPUSH that waits for an element. */
export const brpoplpush: CommandSpec = command({
  ...base,
  name: "brpoplpush",
  flags: ["write", "denyoom", "blocking"],
  summary:
    "Moves an element from the tail of a list to the head of another, and replies with it; waits for one if there is none.",
  since: "2.2.0",
  arity: 4,
  syntax: "source destination timeout",
  replacedBy: { since: "6.2.0", command: "BLMOVE with the RIGHT and LEFT arguments" },
  run: (call) => move(call, "tail", "head", deadlineOfSeconds(call, 3)),
});
