import type { Call } from "../../command/call.ts";
import type { ListEnd } from "../../keyspace/lists.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { copyRange } from "../../lib/bytes.ts";

/**
 * Moves an element from an end of the list in argument 1 to an end of that in argument 2. If there is none, a `deadlineMs` says until when
 * to wait for one.
 */
export function moveElement(
  call: Call,
  from: ListEnd,
  to: ListEnd,
  deadlineMs?: number,
): undefined {
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
