import type { Address } from "../../arena/memory.ts";
import type { Call } from "../../command/call.ts";
import type { ListEnd } from "../../keyspace/lists.ts";
import { deleteEmptied } from "../shared/emptied_key.ts";
import { END_EVENTS } from "./end_words.ts";

/**
 * Replies with up to `count` elements from an end, in order from there, and removes them from the list under the key in argument `i`. Returns
 * how many.
 */
export function replyAndPop(
  call: Call,
  i: number,
  entry: Address,
  end: ListEnd,
  count: number,
): number {
  const { db } = call;
  const { lists } = call.keyspace;
  const total = lists.count(entry);
  const popped = Math.min(count, total);
  if (popped === 1) call.replyRange(lists.peek(entry, end));
  else {
    const [first, towards] = end === "head" ? [0, "tail"] as const : [-1, "head"] as const;
    lists.walk(entry, first, popped, towards, (value) => call.replyRange(value));
  }
  const isEmptied = popped === total;
  if (!isEmptied) {
    if (popped === 1) lists.removeEnd(db, entry, end);
    else lists.removeRange(db, entry, end === "head" ? 0 : total - popped, popped);
  }
  call.keyChanged(i, "list", END_EVENTS[end].pop, popped);
  if (isEmptied) deleteEmptied(call, i, entry);
  return popped;
}
