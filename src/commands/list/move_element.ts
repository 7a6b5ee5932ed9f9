import type { Call } from "../../command/call.ts";
import type { ListEnd } from "../../keyspace/lists.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { copyRange } from "../../lib/bytes.ts";
import { deleteEmptied } from "../shared/emptied_key.ts";
import { END_EVENTS } from "./end_words.ts";

/**
 * Moves an element from an end of the list in argument 1 to an end of the list in argument 2. If there is no element and a `deadlineMs` is
 * given, the client waits for one until then.
 */
export function moveElement(
  call: Call,
  from: ListEnd,
  to: ListEnd,
  deadlineMs?: number,
): undefined {
  const { args, db, reply } = call;
  const { lists } = call.keyspace;
  const source = call.lookupForWrite(1, ValueType.List);
  if (source === 0) {
    if (deadlineMs === undefined || !call.mayBlock) return reply.null();
    return call.waitForKeys(1, 1, ValueType.List, deadlineMs);
  }
  call.lookupForWrite(2, ValueType.List);
  const value = copyRange(lists.value(source, lists.at(source, from === "head" ? 0 : -1)!));
  const total = lists.count(source);
  const isSame = args.same(1, 2);
  // Moving the only element of a list to the same list changes nothing. Any other emptied list is deleted below.
  if (total > 1) lists.removeRange(db, source, from === "head" ? 0 : total - 1, 1);
  if (total > 1 || !isSame) {
    const found = call.lookupForWrite(2);
    const target = found === 0 ? lists.create(db, call.key(2)) : found;
    lists.push(db, lists.makeRoom(db, target, 1, value.length), value, to);
  }
  call.keyChanged(2, "list", END_EVENTS[to].push);
  call.keyEvent(1, "list", END_EVENTS[from].pop);
  if (total === 1 && !isSame) deleteEmptied(call, 1, source);
  if (deadlineMs !== undefined) propagateWithoutWaiting(call);
  return call.replyRange(value);
}

/** Propagates BLMOVE as LMOVE, and BRPOPLPUSH as RPOPLPUSH, without the timeout at the end. */
function propagateWithoutWaiting(call: Call): void {
  const name = call.command.spec.name.slice(1).toUpperCase();
  call.propagateAs(name, call.args.words(1, call.args.count - 1));
}
