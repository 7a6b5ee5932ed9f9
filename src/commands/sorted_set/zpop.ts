import type { Address } from "../../arena/memory.ts";
import type { Call } from "../../command/call.ts";
import { errors } from "../../command/errors.ts";
import { command, type CommandSpec, keyRange, oneKey } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { deadlineOfSeconds } from "../shared/block_timeout.ts";
import { popFromFirst } from "../shared/multi_pop.ts";
import { removeRanks } from "./zrem.ts";

/** Replies with an array of the first or last members with their scores, and removes them. */
export function popMembers(
  call: Call,
  i: number,
  entry: Address,
  count: number,
  isMax: boolean,
  inPairs: boolean,
): undefined {
  const popped = Math.min(count, call.keyspace.sortedSets.count(entry));
  call.reply.array(inPairs ? popped : popped * 2);
  replyAndRemove(call, i, entry, popped, isMax, inPairs);
}

/** Replies with the first or last `popped` members and their scores, without a header, and removes them. */
function replyAndRemove(
  call: Call,
  i: number,
  entry: Address,
  popped: number,
  isMax: boolean,
  inPairs: boolean,
): void {
  const { reply } = call;
  const { sortedSets } = call.keyspace;
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

function popCommand(name: string, isMax: boolean): CommandSpec {
  return command({
    name,
    group: "sorted-set",
    summary: `Removes the members with the ${
      isMax ? "highest" : "lowest"
    } scores, and replies with them.`,
    since: "5.0.0",
    complexity: "O(log(N)*M) where N is the size of the set and M the number of members",
    arity: -2,
    flags: ["write", "fast"],
    keys: oneKey("RW access delete"),
    syntax: "key [count]",
    run(call) {
      const { args, reply } = call;
      if (args.count > 3) throw errors.syntax;
      const hasCount = args.count === 3;
      const count = hasCount ? call.integer(2, errors.notPositive) : 1;
      if (count < 0) throw errors.notPositive;
      const entry = call.lookupForWrite(1, ValueType.SortedSet);
      if (entry === 0 || count === 0) return reply.array(0);
      return popMembers(call, 1, entry, count, isMax, hasCount && reply.resp === 3);
    },
  });
}

/** ZPOPMIN: the lowest scores. */
export const zpopmin: CommandSpec = popCommand("zpopmin", false);

/** ZPOPMAX: the highest scores. */
export const zpopmax: CommandSpec = popCommand("zpopmax", true);

/** What pops of several keys are propagated as. */
export function popName(isMax: boolean): string {
  return isMax ? "ZPOPMAX" : "ZPOPMIN";
}

function blockingPop(name: string, isMax: boolean): CommandSpec {
  const which = isMax ? "highest" : "lowest";
  return command({
    name,
    group: "sorted-set",
    summary:
      `Removes the member with the ${which} score from the first of several sorted sets that exists; waits for one if there is none.`,
    since: "5.0.0",
    complexity: "O(log(N)) where N is the size of the set",
    arity: -3,
    flags: ["write", "blocking", "fast"],
    keys: [keyRange("RW access delete", 1, -2, 1)],
    syntax: "key [key ...] timeout",
    run(call) {
      const last = call.args.count - 1;
      return popFromFirst(call, {
        firstKey: 1,
        lastKey: last - 1,
        type: ValueType.SortedSet,
        deadlineMs: deadlineOfSeconds(call, last),
        replies: 3,
        lookup: (key) => call.lookupForWrite(key, ValueType.SortedSet),
        pop(key, entry) {
          replyAndRemove(call, key, entry, 1, isMax, false);
          call.propagateAs(popName(isMax), call.range(key));
        },
      });
    },
  });
}

/** BZPOPMIN: ZPOPMIN that waits for a member. */
export const bzpopmin: CommandSpec = blockingPop("bzpopmin", false);

/** BZPOPMAX: ZPOPMAX that waits for a member. */
export const bzpopmax: CommandSpec = blockingPop("bzpopmax", true);
