/** ZRANGE and its family: ZREVRANGE, ZREVRANGEBYLEX, ZREVRANGEBYSCORE. @module */
import type { Address } from "../../arena/memory.ts";
import type { ScoredHandle } from "../../keyspace/sorted_sets.ts";
import type { Call } from "../../command/call.ts";
import { errors } from "../../command/errors.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { mustHaveRoomForCopies } from "../shared/room.ts";
import { addMember, storeTable, withScoreTable } from "../shared/stored_sorted_set.ts";
import { command, type CommandSpec, keyRange, oneKey } from "../../command/spec.ts";
import { lexBounds, rankRange, ranksWithin, scoreBounds } from "./bounds.ts";

/** The options of a range command. */
interface RangeOptions {
  by: "rank" | "score" | "lex";
  isReversed: boolean;
  withScores: boolean;
  offset: number;
  /** Most members to show; a negative number is no limit. */
  limit: number;
}

/** Reads options from argument `i` on. Options that the command's name implies, or that were given already, are refused. */
function parseOptions(
  call: Call,
  i: number,
  fixed: Partial<RangeOptions>,
  isOpen: boolean,
  isStore: boolean,
): RangeOptions {
  const { args } = call;
  const options: RangeOptions = {
    by: "rank",
    isReversed: false,
    withScores: false,
    offset: 0,
    limit: -1,
    ...fixed,
  };
  for (let at = i; at < args.count; at++) {
    if (!isStore && args.is(at, "WITHSCORES")) options.withScores = true;
    else if (args.is(at, "LIMIT") && at + 2 < args.count) {
      options.offset = call.integer(at + 1);
      options.limit = call.integer(at + 2);
      at += 2;
    } else if (isOpen && !options.isReversed && args.is(at, "REV")) options.isReversed = true;
    else if (isOpen && options.by === "rank" && args.is(at, "BYSCORE")) options.by = "score";
    else if (isOpen && options.by === "rank" && args.is(at, "BYLEX")) options.by = "lex";
    else throw errors.syntax;
  }
  if (options.limit !== -1 && options.by === "rank") throw errors.limitNeedsRange;
  if (options.withScores && options.by === "lex") throw errors.scoresNotByLex;
  return options;
}

/** The members within the bounds in arguments `min` and `min + 1`, beginning with the one that is shown first. */
function selectRange(
  call: Call,
  keyIndex: number,
  min: number,
  options: RangeOptions,
): { entry: Address; handles: ScoredHandle[] } {
  const { sortedSets } = call.keyspace;
  const { by, isReversed, offset, limit } = options;
  // In a reversed range of scores or members the larger bound comes first.
  const [low, high] = isReversed && by !== "rank" ? [min + 1, min] : [min, min + 1];
  const bounds = by === "score"
    ? scoreBounds(call, low, high)
    : by === "lex"
    ? lexBounds(call, low, high)
    : undefined;
  if (bounds === undefined) rankRange(call, min, min + 1, 0);
  const entry = call.lookupForRead(keyIndex, ValueType.SortedSet);
  const handles: ScoredHandle[] = [];
  if (entry === 0) return { entry, handles };
  const total = sortedSets.count(entry);
  if (bounds === undefined) {
    const { start, end } = rankRange(call, min, min + 1, total);
    const first = isReversed ? total - 1 - start : start;
    sortedSets.walk(entry, first, end - start, isReversed, (handle) => handles.push(handle));
    return { entry, handles };
  }
  const { start, end } = ranksWithin(call, entry, bounds);
  const left = end - start - offset;
  if (offset < 0 || left <= 0) return { entry, handles };
  const count = limit < 0 ? left : Math.min(limit, left);
  const first = isReversed ? end - 1 - offset : start + offset;
  if (count > 0) sortedSets.walk(entry, first, count, isReversed, (handle) => handles.push(handle));
  return { entry, handles };
}

function runRange(call: Call, fixed: Partial<RangeOptions>, isOpen: boolean): undefined {
  const options = parseOptions(call, 4, fixed, isOpen, false);
  const { entry, handles } = selectRange(call, 1, 2, options);
  replyMembers(call, entry, handles, options.withScores);
}

/** Replies with members, and with their scores if asked for; RESP3 has them in pairs. */
function replyMembers(
  call: Call,
  entry: Address,
  handles: readonly ScoredHandle[],
  withScores: boolean,
): undefined {
  const { reply } = call;
  const { sortedSets } = call.keyspace;
  const inPairs = withScores && reply.resp === 3;
  reply.array(withScores && !inPairs ? handles.length * 2 : handles.length);
  for (const handle of handles) {
    if (inPairs) reply.array(2);
    call.replyRange(sortedSets.member(entry, handle));
    if (withScores) reply.double(sortedSets.score(entry, handle));
  }
}

const COST = "O(log(N)+M) where N is the size of the set and M the number of members replied";

/** ZRANGE: members by rank, score or bytes. */
export const zrange: CommandSpec = command({
  name: "zrange",
  group: "sorted-set",
  summary: "Lists the members of a sorted set within a range of ranks, scores or members.",
  since: "1.2.0",
  history: [
    {
      since: "6.2.0",
      change: "`REV`, `BYSCORE`, `BYLEX` and `LIMIT` are options.",
      options: ["REV", "BYSCORE", "BYLEX", "LIMIT"],
    },
  ],
  complexity: COST,
  arity: -4,
  flags: ["readonly"],
  keys: oneKey("RO access"),
  syntax: "key start stop [BYSCORE | BYLEX] [REV] [LIMIT offset count] [WITHSCORES]",
  run: (call) => runRange(call, {}, true),
});

/** ZRANGESTORE: ZRANGE into another key. */
export const zrangestore: CommandSpec = command({
  name: "zrangestore",
  group: "sorted-set",
  summary: "Stores the members within a range of ranks, scores or members, as a sorted set.",
  since: "6.2.0",
  complexity: COST,
  arity: -5,
  flags: ["write", "denyoom"],
  keys: [keyRange("OW update", 1, 0, 1), keyRange("RO access", 2, 0, 1)],
  syntax: "dst src min max [BYSCORE | BYLEX] [REV] [LIMIT offset count]",
  run(call) {
    const { sortedSets } = call.keyspace;
    const options = parseOptions(call, 5, {}, true, true);
    const { entry, handles } = selectRange(call, 2, 3, options);
    mustHaveRoomForCopies(call, [entry]);
    return withScoreTable(call, (table) => {
      for (const handle of handles) {
        addMember(call, table, entry, handle, sortedSets.score(entry, handle));
      }
      storeTable(call, 1, "zrangestore", table);
    });
  },
});

function oldRange(
  name: string,
  since: string,
  fixed: Partial<RangeOptions>,
  syntax: string,
  instead: string,
): CommandSpec {
  return command({
    name,
    group: "sorted-set",
    summary: `Lists members by ${fixed.by}${fixed.isReversed ? ", the last first" : ""}.`,
    since,
    complexity: COST,
    arity: -4,
    flags: ["readonly"],
    keys: oneKey("RO access"),
    syntax,
    replacedBy: { since: "6.2.0", command: `\`ZRANGE\` with the ${instead}` },
    run: (call) => runRange(call, fixed, false),
  });
}

/** ZREVRANGE: ZRANGE REV. */
export const zrevrange: CommandSpec = oldRange(
  "zrevrange",
  "1.2.0",
  { by: "rank", isReversed: true },
  "key start stop [WITHSCORES]",
  "`REV` argument",
);
/** ZRANGEBYSCORE: ZRANGE BYSCORE. */
export const zrangebyscore: CommandSpec = {
  ...oldRange(
    "zrangebyscore",
    "1.0.5",
    { by: "score" },
    "key min max [WITHSCORES] [LIMIT offset count]",
    "`BYSCORE` argument",
  ),
  history: [
    {
      since: "2.0.0",
      change: "`WITHSCORES` replies with the scores too.",
      options: ["WITHSCORES"],
    },
  ],
};
/** ZREVRANGEBYSCORE: ZRANGE BYSCORE REV. */
export const zrevrangebyscore: CommandSpec = {
  ...oldRange(
    "zrevrangebyscore",
    "2.2.0",
    { by: "score", isReversed: true },
    "key max min [WITHSCORES] [LIMIT offset count]",
    "`REV` and `BYSCORE` arguments",
  ),
  history: [
    { since: "2.1.6", change: "The ends may be left out of the range." },
  ],
};
/** ZRANGEBYLEX: ZRANGE BYLEX. */
export const zrangebylex: CommandSpec = oldRange(
  "zrangebylex",
  "2.8.9",
  { by: "lex" },
  "key min max [LIMIT offset count]",
  "`BYLEX` argument",
);
/** ZREVRANGEBYLEX: ZRANGE BYLEX REV. */
export const zrevrangebylex: CommandSpec = oldRange(
  "zrevrangebylex",
  "2.8.9",
  { by: "lex", isReversed: true },
  "key max min [LIMIT offset count]",
  "`REV` and `BYLEX` arguments",
);
