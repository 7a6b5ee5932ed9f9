import type { Address } from "../../arena/memory.ts";
import type { Call } from "../../command/call.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { deleteEmptied } from "../shared/emptied_key.ts";
import { removeMembers } from "../shared/remove_members.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { lexBounds, type RankRange, rankRange, ranksWithin, scoreBounds } from "./bounds.ts";

/** ZREM: removes members. */
export const zrem: CommandSpec = command({
  name: "zrem",
  group: "sorted-set",
  summary: "Removes members of a sorted set; one without members is gone.",
  since: "1.2.0",
  history: [
    { since: "2.4.0", change: "Takes several members.", arityBefore: 3 },
  ],
  complexity: "O(M*log(N)) where M is the number of members given and N the size of the set",
  arity: -3,
  flags: ["write", "fast"],
  keys: oneKey("RW delete"),
  syntax: "key member [member ...]",
  run(call) {
    const entry = call.lookupForWrite(1, ValueType.SortedSet);
    return removeMembers(call, call.keyspace.sortedSets, entry, "sorted-set", "zrem");
  },
});

/** Removes a range of ranks from the sorted set under the key in argument `i`. */
export function removeRanks(
  call: Call,
  i: number,
  entry: Address,
  { start, end }: RankRange,
  event: string,
): void {
  const { sortedSets } = call.keyspace;
  const removed = end - start;
  if (removed <= 0) return;
  const isEmptied = removed === sortedSets.count(entry);
  if (!isEmptied) sortedSets.removeRange(call.db, entry, start, removed);
  call.keyChanged(i, "sorted-set", event, removed);
  if (isEmptied) deleteEmptied(call, i, entry, true);
}

function removingCommand(
  name: string,
  since: string,
  what: string,
  syntax: string,
  prepare: (call: Call) => (entry: Address) => RankRange,
): CommandSpec {
  return command({
    name,
    group: "sorted-set",
    summary: `Removes the members within a range of ${what}.`,
    since,
    complexity: "O(log(N)+M) where N is the size of the set and M the number of members removed",
    arity: 4,
    flags: ["write"],
    keys: oneKey("RW delete"),
    syntax,
    run(call) {
      const rangeOf = prepare(call);
      const entry = call.lookupForWrite(1, ValueType.SortedSet);
      if (entry === 0) return call.reply.integer(0);
      const range = rangeOf(entry);
      removeRanks(call, 1, entry, range, name);
      call.reply.integer(Math.max(0, range.end - range.start));
    },
  });
}

/** ZREMRANGEBYRANK: removes members by rank. */
export const zremrangebyrank: CommandSpec = removingCommand(
  "zremrangebyrank",
  "2.0.0",
  "ranks",
  "key start stop",
  (call) => {
    rankRange(call, 2, 3, 0);
    const { sortedSets } = call.keyspace;
    return (entry) => rankRange(call, 2, 3, sortedSets.count(entry));
  },
);
/** ZREMRANGEBYSCORE: removes members by score. */
export const zremrangebyscore: CommandSpec = removingCommand(
  "zremrangebyscore",
  "1.2.0",
  "scores",
  "key min max",
  (call) => {
    const bounds = scoreBounds(call, 2, 3);
    return (entry) => ranksWithin(call, entry, bounds);
  },
);
/** ZREMRANGEBYLEX: removes members by their bytes. */
export const zremrangebylex: CommandSpec = removingCommand(
  "zremrangebylex",
  "2.8.9",
  "members",
  "key min max",
  (call) => {
    const bounds = lexBounds(call, 2, 3);
    return (entry) => ranksWithin(call, entry, bounds);
  },
);
