import type { Call } from "../../command/call.ts";
import { errors } from "../../command/errors.ts";
import { command, type CommandSpec, countedKeys } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { deadlineOfSeconds } from "../shared/block_timeout.ts";
import { parseMultiPop, popFromFirst } from "../shared/multi_pop.ts";
import { popMembers, popName } from "./zpop.ts";

/** Whether argument `i` asks for the highest scores. */
function isMaxAt(call: Call, i: number): boolean {
  const isMax = call.args.is(i, "MAX");
  if (!isMax && !call.args.is(i, "MIN")) throw errors.syntax;
  return isMax;
}

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
    lookup: (key) => call.lookupForWrite(key, ValueType.SortedSet),
    pop(key, entry) {
      const popped = Math.min(count, call.keyspace.sortedSets.count(entry));
      popMembers(call, key, entry, popped, isMax, true);
      call.propagateAs(popName(isMax), call.range(key), popped);
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
