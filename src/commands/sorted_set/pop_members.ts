import type { Address } from "../../arena/memory.ts";
import type { Call } from "../../command/call.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import type { PopEnd, PoppedType } from "../shared/multi_pop.ts";
import { removeRanks } from "./zrem.ts";

/** An end of a sorted set. */
export type ScoreEnd = "lowest" | "highest";

/** Replies with an array of up to `count` members from an end with their scores, and removes them; returns how many. */
export function popMembers(
  call: Call,
  i: number,
  entry: Address,
  count: number,
  end: ScoreEnd,
  inPairs: boolean,
): number {
  const popped = Math.min(count, call.keyspace.sortedSets.count(entry));
  call.reply.array(inPairs ? popped : popped * 2);
  replyAndRemove(call, i, entry, popped, end, inPairs);
  return popped;
}

/** Replies with `popped` members from an end and their scores, without a header, and removes them. */
function replyAndRemove(
  call: Call,
  i: number,
  entry: Address,
  popped: number,
  end: ScoreEnd,
  inPairs: boolean,
): void {
  const { reply } = call;
  const { sortedSets } = call.keyspace;
  const isMax = end === "highest";
  const total = sortedSets.count(entry);
  sortedSets.walk(entry, isMax ? total - 1 : 0, popped, isMax, (handle) => {
    if (inPairs) reply.array(2);
    call.replyRange(sortedSets.member(entry, handle));
    reply.double(sortedSets.score(entry, handle));
  });
  const start = isMax ? total - popped : 0;
  const range = { start, end: start + popped };
  removeRanks(call, i, entry, range, isMax ? "zpopmax" : "zpopmin");
}

function popEnd(end: ScoreEnd, word: string): PopEnd {
  return {
    word,
    command: `ZPOP${word}`,
    popOne: (call, i, entry) => replyAndRemove(call, i, entry, 1, end, false),
    popMany: (call, i, entry, count) => popMembers(call, i, entry, count, end, true),
  };
}

/** How commands that pop from the first of several keys pop from sorted sets. */
export const poppedSortedSet = {
  type: ValueType.SortedSet,
  repliesEach: 2,
  ends: { lowest: popEnd("lowest", "MIN"), highest: popEnd("highest", "MAX") },
} as const satisfies PoppedType;
