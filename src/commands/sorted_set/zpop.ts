import { errors } from "../../command/errors.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { popOneOrWait, waitingForFirst } from "../shared/multi_pop.ts";
import { popMembers, poppedSortedSet, type ScoreEnd } from "./pop_members.ts";

function popCommand(name: string, end: ScoreEnd): CommandSpec {
  return command({
    name,
    group: "sorted-set",
    summary: `Removes the members with the ${end} scores, and replies with them.`,
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
      popMembers(call, 1, entry, count, end, hasCount && reply.resp === 3);
    },
  });
}

/** ZPOPMIN: removes the members with the lowest scores. */
export const zpopmin: CommandSpec = popCommand("zpopmin", "lowest");

/** ZPOPMAX: removes the members with the highest scores. */
export const zpopmax: CommandSpec = popCommand("zpopmax", "highest");

function waitingPop(name: string, end: ScoreEnd): CommandSpec {
  return command({
    ...waitingForFirst,
    name,
    group: "sorted-set",
    summary:
      `Removes the member with the ${end} score from the first of several sorted sets that exists; waits for one if there is none.`,
    since: "5.0.0",
    history: [
      { since: "6.0.0", change: "The timeout may have a fraction." },
    ],
    complexity: "O(log(N)) where N is the size of the set",
    flags: ["write", "blocking", "fast"],
    run: (call) => popOneOrWait(call, poppedSortedSet, poppedSortedSet.ends[end]),
  });
}

/** BZPOPMIN: ZPOPMIN that waits for a member. */
export const bzpopmin: CommandSpec = waitingPop("bzpopmin", "lowest");

/** BZPOPMAX: ZPOPMAX that waits for a member. */
export const bzpopmax: CommandSpec = waitingPop("bzpopmax", "highest");
