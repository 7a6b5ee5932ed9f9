import type { Address } from "../../arena/memory.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import type { ScoredHandle } from "../../keyspace/sorted_sets.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { type RepliedChoice, replyAtRandom } from "../shared/random_choice.ts";

/** ZRANDMEMBER: replies with random members. */
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
    const { sortedSets } = call.keyspace;
    const choiceOf = (entry: Address): RepliedChoice => {
      const total = sortedSets.count(entry);
      return {
        total,
        random() {
          let chosen: ScoredHandle = 0;
          const rank = call.server.random.below(total);
          sortedSets.walk(entry, rank, 1, false, (handle) => chosen = handle);
          return chosen;
        },
        forEach: (visit) => sortedSets.walk(entry, 0, total, false, visit),
        reply: (handle) => call.replyRange(sortedSets.member(entry, handle)),
        replyValue: (handle) => call.reply.double(sortedSets.score(entry, handle)),
      };
    };
    return replyAtRandom(call, ValueType.SortedSet, choiceOf, "WITHSCORES");
  },
});
