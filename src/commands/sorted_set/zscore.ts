import type { Call } from "../../command/call.ts";
import { errors } from "../../command/errors.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { type Bounds, lexBounds, ranksWithin, scoreBounds } from "./bounds.ts";

const base = {
  group: "sorted-set",
  flags: ["readonly", "fast"],
  keys: oneKey("RO access"),
} as const;

/** ZCARD: the number of members. */
export const zcard: CommandSpec = command({
  ...base,
  name: "zcard",
  summary: "Counts the members of a sorted set.",
  since: "1.2.0",
  complexity: "O(1)",
  arity: 2,
  keys: oneKey("RO"),
  syntax: "key",
  run(call) {
    const entry = call.lookupSortedSetForRead(1);
    call.reply.integer(entry === 0 ? 0 : call.server.keyspace.sortedSets.count(entry));
  },
});

function replyScore(call: Call, entry: number, i: number): undefined {
  const { sortedSets } = call.server.keyspace;
  const handle = entry === 0 ? 0 : sortedSets.find(entry, call.range(i));
  if (handle === 0) call.reply.null();
  else call.reply.double(sortedSets.score(entry, handle));
}

/** ZSCORE: the score of a member. */
export const zscore: CommandSpec = command({
  ...base,
  name: "zscore",
  summary: "Replies with the score of a member.",
  since: "1.2.0",
  complexity: "O(1)",
  arity: 3,
  syntax: "key member",
  run: (call) => replyScore(call, call.lookupSortedSetForRead(1), 2),
});

/** ZMSCORE: the scores of several members. */
export const zmscore: CommandSpec = command({
  ...base,
  name: "zmscore",
  summary: "Replies with the scores of several members.",
  since: "6.2.0",
  complexity: "O(N) where N is the number of members given",
  arity: -3,
  syntax: "key member [member ...]",
  run(call) {
    const entry = call.lookupSortedSetForRead(1);
    call.reply.array(call.args.count - 2);
    for (let i = 2; i < call.args.count; i++) replyScore(call, entry, i);
  },
});

function rankCommand(name: string, isReversed: boolean): CommandSpec {
  return command({
    ...base,
    name,
    summary: `Replies with the number of members ${isReversed ? "above" : "below"} a member.`,
    since: "2.0.0",
    complexity: "O(log(N))",
    arity: -3,
    syntax: "key member [WITHSCORE]",
    run(call) {
      const { args, reply } = call;
      const { sortedSets } = call.server.keyspace;
      if (args.count > 4) throw call.wrongArity();
      const withScore = args.count === 4;
      if (withScore && !args.is(3, "WITHSCORE")) throw errors.syntax;
      const entry = call.lookupSortedSetForRead(1);
      const handle = entry === 0 ? 0 : sortedSets.find(entry, call.range(2));
      if (handle === 0) return withScore ? reply.nullArray() : reply.null();
      const rank = sortedSets.rank(entry, handle);
      if (withScore) reply.array(2);
      reply.integer(isReversed ? sortedSets.count(entry) - 1 - rank : rank);
      if (withScore) reply.double(sortedSets.score(entry, handle));
    },
  });
}

/** ZRANK: how many members come before. */
export const zrank: CommandSpec = rankCommand("zrank", false);
/** ZREVRANK: how many members come behind. */
export const zrevrank: CommandSpec = rankCommand("zrevrank", true);

function countCommand(
  name: string,
  since: string,
  what: string,
  bounds: (call: Call, min: number, max: number) => Bounds,
): CommandSpec {
  return command({
    ...base,
    name,
    summary: `Counts the members within a range of ${what}.`,
    since,
    complexity: "O(log(N))",
    arity: 4,
    syntax: "key min max",
    run(call) {
      const range = bounds(call, 2, 3);
      const entry = call.lookupSortedSetForRead(1);
      if (entry === 0) return call.reply.integer(0);
      const { start, end } = ranksWithin(call, entry, range);
      call.reply.integer(end - start);
    },
  });
}

/** ZCOUNT: counts members by score. */
export const zcount: CommandSpec = countCommand("zcount", "2.0.0", "scores", scoreBounds);
/** ZLEXCOUNT: counts members by their bytes. */
export const zlexcount: CommandSpec = countCommand("zlexcount", "2.8.9", "members", lexBounds);
