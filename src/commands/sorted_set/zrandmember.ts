import { errors } from "../../command/errors.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import type { ScoredHandle } from "../../keyspace/sorted_sets.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import {
  type Choice,
  chooseDistinct,
  chooserOfAny,
  mustFitTwice,
} from "../shared/random_choice.ts";
import { replyMember, replyMemberCount, replyMembers } from "./zrange.ts";

/** ZRANDMEMBER: members chosen by chance. */
export const zrandmember: CommandSpec = command({
  name: "zrandmember",
  group: "sorted-set",
  summary: "Replies with members chosen at random: different ones, or with a negative count any.",
  since: "6.2.0",
  complexity: "O(N) where N is the number of members replied",
  arity: -2,
  flags: ["readonly"],
  keys: oneKey("RO access"),
  tips: ["nondeterministic_output"],
  syntax: "key [count [WITHSCORES]]",
  run(call) {
    const { args, reply, server } = call;
    const { sortedSets } = server.keyspace;
    const choiceOf = (entry: number): Choice => {
      const total = sortedSets.count(entry);
      return {
        total,
        random() {
          let chosen: ScoredHandle = 0;
          const rank = server.random.below(total);
          sortedSets.walk(entry, rank, 1, false, (handle) => chosen = handle);
          return chosen;
        },
        forEach: (visit) => sortedSets.walk(entry, 0, total, false, visit),
      };
    };
    if (args.count === 2) {
      const entry = call.lookupForRead(1, ValueType.SortedSet);
      if (entry === 0) return reply.null();
      return call.replyRange(sortedSets.member(entry, choiceOf(entry).random()));
    }
    const count = call.signedCount(2);
    const withScores = args.count === 4 && args.is(3, "WITHSCORES");
    if (args.count > 4 || args.count === 4 && !withScores) throw errors.syntax;
    if (withScores || count < 0) mustFitTwice(call, 2);
    const entry = call.lookupForRead(1, ValueType.SortedSet);
    if (entry === 0 || count === 0) return reply.array(0);
    const choice = choiceOf(entry);
    if (count > 0) {
      return replyMembers(call, entry, chooseDistinct(choice, count, server.random), withScores);
    }
    // One by one: there may be more than memory holds.
    const any = chooserOfAny(choice, -count, server.random);
    replyMemberCount(call, -count, withScores);
    for (let i = 0; i < -count; i++) replyMember(call, entry, any(), withScores);
  },
});
