import { formatDigits, formatDouble } from "../../lib/double.ts";
import type { ScoredHandle } from "../../keyspace/sorted_sets.ts";
import { errors } from "../../command/errors.ts";
import {
  type Choice,
  chooseDistinct,
  chooserOfAny,
  mustFitTwice,
} from "../shared/random_choice.ts";
import { parseCursor, parseScan, replyNothingToScan, replyScan } from "../shared/scan.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
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
      const entry = call.lookupSortedSetForRead(1);
      if (entry === 0) return reply.null();
      return call.replyRange(sortedSets.member(entry, choiceOf(entry).random()));
    }
    const count = call.signedCount(2);
    const withScores = args.count === 4 && args.is(3, "WITHSCORES");
    if (args.count > 4 || args.count === 4 && !withScores) throw errors.syntax;
    if (withScores || count < 0) mustFitTwice(call, 2);
    const entry = call.lookupSortedSetForRead(1);
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

/** ZSCAN: the members with their scores, a few at a time. */
export const zscan: CommandSpec = command({
  name: "zscan",
  group: "sorted-set",
  summary: "Walks the members of a sorted set with their scores, a few at a time.",
  since: "2.8.0",
  complexity: "O(1) for each call, O(N) for the whole walk",
  arity: -3,
  flags: ["readonly"],
  keys: oneKey("RO access"),
  tips: ["nondeterministic_output"],
  syntax: "key cursor [MATCH pattern] [COUNT count]",
  run(call) {
    const { sortedSets } = call.server.keyspace;
    parseCursor(call, 2);
    const entry = call.lookupSortedSetForRead(1);
    if (entry === 0) return replyNothingToScan(call);
    const options = parseScan(call, 2);
    const isListpack = sortedSets.isListpack(entry);
    replyScan(
      call,
      options,
      {
        repliesEach: 2,
        scan: (cursor, count, visit) => sortedSets.scan(entry, cursor, count, visit),
        name: (handle) => sortedSets.member(entry, handle),
        reply(handle) {
          call.replyRange(sortedSets.member(entry, handle));
          // Scores are bulk strings here, in RESP3 too; with all digits where Redis has them as numbers.
          const score = sortedSets.score(entry, handle);
          call.reply.bulkText(isListpack ? formatDouble(score) : formatDigits(score));
        },
      },
    );
  },
});
