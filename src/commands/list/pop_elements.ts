import type { Address } from "../../arena/memory.ts";
import type { Call } from "../../command/call.ts";
import type { ListEnd } from "../../keyspace/lists.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { deleteEmptied } from "../shared/emptied_key.ts";
import type { PopEnd, PoppedType } from "../shared/multi_pop.ts";
import { END_EVENTS } from "./end_words.ts";

/**
 * Replies with up to `count` elements from an end, in the order from that end, and removes them from the list under the key in argument
 * `i`. Returns how many.
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

function popEnd(end: ListEnd, word: string, command: string): PopEnd {
  return {
    word,
    command,
    popOne: (call, i, entry) => void replyAndPop(call, i, entry, end, 1),
    popMany(call, i, entry, count) {
      call.reply.array(Math.min(count, call.keyspace.lists.count(entry)));
      return replyAndPop(call, i, entry, end, count);
    },
  };
}

/** How commands that pop from the first of several keys pop from lists. */
export const poppedList = {
  type: ValueType.List,
  repliesEach: 1,
  ends: { head: popEnd("head", "LEFT", "LPOP"), tail: popEnd("tail", "RIGHT", "RPOP") },
} as const satisfies PoppedType;
