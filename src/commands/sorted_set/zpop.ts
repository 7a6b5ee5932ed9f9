import type { Address } from "../../arena/memory.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { deadlineOfSeconds } from "../shared/block_timeout.ts";
import type { Call } from "../../command/call.ts";
import { errors } from "../../command/errors.ts";
import { parseMultiPop, popFromFirst } from "../shared/multi_pop.ts";
import { command, type CommandSpec, countedKeys, keyRange, oneKey } from "../../command/spec.ts";
import { removeRanks } from "./zrem.ts";

/** Replies with an array of the first or last members with their scores, and removes them. */
function pop(
  call: Call,
  i: number,
  entry: Address,
  count: number,
  isMax: boolean,
  inPairs: boolean,
): undefined {
  const popped = Math.min(count, call.server.keyspace.sortedSets.count(entry));
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
  const { sortedSets } = call.server.keyspace;
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
      const entry = call.lookupSortedSetForWrite(1);
      if (entry === 0 || count === 0) return reply.array(0);
      return pop(call, 1, entry, count, isMax, hasCount && reply.resp === 3);
    },
  });
}

/** ZPOPMIN: the lowest scores. */
export const zpopmin: CommandSpec = popCommand("zpopmin", false);
/** ZPOPMAX: the highest scores. */
export const zpopmax: CommandSpec = popCommand("zpopmax", true);

/** Whether argument `i` asks for the highest scores. */
function isMaxAt(call: Call, i: number): boolean {
  const isMax = call.args.is(i, "MAX");
  if (!isMax && !call.args.is(i, "MIN")) throw errors.syntax;
  return isMax;
}

/** What pops of several keys are propagated as. */
const popName = (isMax: boolean) => isMax ? "ZPOPMAX" : "ZPOPMIN";

/** ZMPOP, whose number of keys is argument `i`; BZMPOP has its timeout in `timeoutAt`. */
function popMany(call: Call, i: number, timeoutAt?: number): undefined {
  let isMax = false;
  const { count, ...keys } = parseMultiPop(call, i, (where) => isMax = isMaxAt(call, where));
  const deadlineMs = timeoutAt === undefined ? undefined : deadlineOfSeconds(call, timeoutAt);
  return popFromFirst(call, {
    ...keys,
    type: ValueType.SortedSet,
    deadlineMs,
    replies: 2,
    lookup: (key) => call.lookupSortedSetForWrite(key),
    pop(key, entry) {
      const popped = Math.min(count, call.server.keyspace.sortedSets.count(entry));
      pop(call, key, entry, popped, isMax, true);
      if (call.isPropagated) call.propagateAs(popName(isMax), call.range(key), popped);
    },
  });
}

const MANY_COST =
  "O(K)+O(M*log(N)) where K is the number of keys, M of members and N the size of the set";

/** ZMPOP: pops from the first sorted set that is there. */
export const zmpop: CommandSpec = command({
  name: "zmpop",
  group: "sorted-set",
  summary:
    "Removes members with the lowest or highest scores from the first of several sorted sets that exists.",
  since: "7.0.0",
  complexity: MANY_COST,
  arity: -4,
  flags: ["write", "movablekeys"],
  keys: [countedKeys("RW access delete", 1)],
  syntax: "numkeys key [key ...] <MIN | MAX> [COUNT count]",
  run: (call) => popMany(call, 1),
});

/** BZMPOP: ZMPOP that waits for a member. */
export const bzmpop: CommandSpec = command({
  name: "bzmpop",
  group: "sorted-set",
  summary:
    "Removes members with the lowest or highest scores from the first of several sorted sets that exists; waits for one if there is none.",
  since: "7.0.0",
  complexity: MANY_COST,
  arity: -5,
  flags: ["write", "blocking", "movablekeys"],
  keys: [countedKeys("RW access delete", 2)],
  syntax: "timeout numkeys key [key ...] <MIN | MAX> [COUNT count]",
  run: (call) => popMany(call, 2, 1),
});

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
        lookup: (key) => call.lookupSortedSetForWrite(key),
        pop(key, entry) {
          replyAndRemove(call, key, entry, 1, isMax, false);
          if (call.isPropagated) call.propagateAs(popName(isMax), call.range(key));
        },
      });
    },
  });
}

/** BZPOPMIN: ZPOPMIN that waits for a member. */
export const bzpopmin: CommandSpec = blockingPop("bzpopmin", false);
/** BZPOPMAX: ZPOPMAX that waits for a member. */
export const bzpopmax: CommandSpec = blockingPop("bzpopmax", true);
