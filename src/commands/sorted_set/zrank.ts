/** ZRANK and its family: ZREVRANK. @module */
import { errors } from "../../command/errors.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";

function rankCommand(name: string, isReversed: boolean): CommandSpec {
  return command({
    name,
    group: "sorted-set",
    summary: `Replies with the number of members ${isReversed ? "above" : "below"} a member.`,
    since: "2.0.0",
    history: [
      {
        since: "7.2.0",
        change: "`WITHSCORE` replies with the score too.",
        options: ["WITHSCORE"],
        arityBefore: 3,
      },
    ],
    complexity: "O(log(N))",
    arity: -3,
    flags: ["readonly", "fast"],
    keys: oneKey("RO access"),
    syntax: "key member [WITHSCORE]",
    run(call) {
      const { args, reply } = call;
      const { sortedSets } = call.keyspace;
      if (args.count > 4) throw call.wrongArity();
      const withScore = args.count === 4;
      if (withScore && !args.is(3, "WITHSCORE")) throw errors.syntax;
      const entry = call.lookupForRead(1, ValueType.SortedSet);
      const handle = entry === 0 ? 0 : sortedSets.find(entry, call.range(2));
      if (handle === 0) return withScore ? reply.nullArray() : reply.null();
      const rank = sortedSets.rank(entry, handle);
      if (withScore) reply.array(2);
      reply.integer(isReversed ? sortedSets.count(entry) - 1 - rank : rank);
      if (withScore) reply.double(sortedSets.score(entry, handle));
    },
  });
}

/** ZRANK: replies with the number of members before a member. */
export const zrank: CommandSpec = rankCommand("zrank", false);

/** ZREVRANK: replies with the number of members behind a member. */
export const zrevrank: CommandSpec = rankCommand("zrevrank", true);
