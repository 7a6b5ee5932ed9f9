/**
 * Unions, intersections and differences of sorted sets. A plain set may take part: its members have the score 1.
 *
 * @module
 */
import type { Address } from "../../arena/memory.ts";
import type { Call } from "../../command/call.ts";
import { err, errors } from "../../command/errors.ts";
import { keysCountedBy } from "../../command/key_positions.ts";
import { command, type CommandSpec, countedKeys, keyRange } from "../../command/spec.ts";
import type { ScoreTable } from "../../keyspace/score_table.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { HeldBytes } from "../../lib/byte_strings.ts";
import type { ByteRange } from "../../lib/bytes.ts";
import { mustHaveRoomForCopies } from "../shared/room.ts";
import { storeTable, withScoreTable } from "../shared/stored_sorted_set.ts";

/** One of the sets that are combined. */
interface Source {
  /** The entry of the set; 0 if there is none. */
  readonly entry: Address;
  readonly count: number;
  /** The factor for its scores. */
  weight: number;
  /** The weighted score of a member, which may be NaN; undefined if it is no member. `hash` is the hash of the member's bytes. */
  score(member: ByteRange, hash: number): number | undefined;
  /** Visits members until `visit` returns false. */
  forEach(visit: ScoredVisitor): void;
}

/**
 * Gets a member with the hash of its bytes and its score; returns false to end the visits. The range may lie in the arena, and is valid
 * during the call.
 */
type ScoredVisitor = (member: ByteRange, hash: number, score: number) => boolean;

type Merge = (old: number, score: number) => number;

/** Calls `add` with the members of a combination and their scores until it returns false. A union may name a member several times. */
export type Combination = (sources: Source[], merge: Merge, add: ScoredVisitor) => void;

const notNaN = (score: number) => Number.isNaN(score) ? 0 : score;

const MERGES: Readonly<Record<string, Merge>> = {
  // The sum of an infinity and its opposite is 0, and so is the sum of NaN and anything, as in Redis 7.2.
  SUM: (old, score) => notNaN(old + score),
  // Of two zeros the first one stays, whatever their signs are.
  MIN: (old, score) => score < old ? score : old,
  MAX: (old, score) => score > old ? score : old,
};

/** Compares sets by size; the smallest comes first. */
export function bySize(a: Source, b: Source): number {
  return a.count - b.count;
}

/** The set or sorted set under the key in argument `i`. */
function lookupSource(call: Call, i: number): Source {
  const { entries, sets, sortedSets } = call.keyspace;
  const entry: Address = call.lookupForRead(i);
  if (entry === 0) return { entry, count: 0, weight: 1, score: () => undefined, forEach() {} };
  const isSet = entries.type(entry) === ValueType.Set;
  if (!isSet && entries.type(entry) !== ValueType.SortedSet) throw errors.wrongType;
  const members = isSet ? sets : sortedSets;
  // A lookup in another listpack would overwrite what was read from this one, so it is copied.
  const held = new HeldBytes();
  const scoreOf = (handle: number) => isSet ? 1 : sortedSets.score(entry, handle);
  return {
    entry,
    count: members.count(entry),
    weight: 1,
    score(member, hash) {
      const handle = members.find(entry, member, hash);
      return handle === 0 ? undefined : this.weight * scoreOf(handle);
    },
    forEach(visit) {
      let goesOn = true;
      members.forEachHashed(entry, (handle, hash) => {
        if (!goesOn) return;
        const member = held.hold(members.member(entry, handle));
        goesOn = visit(member, hash, notNaN(this.weight * scoreOf(handle)));
      });
    },
  };
}

/** The options that a command of this family accepts. */
interface Accepted {
  readonly weights?: boolean;
  readonly withScores?: boolean;
  readonly limit?: boolean;
}

/** The arguments of a request of this family. */
interface Request {
  readonly sources: Source[];
  readonly merge: Merge;
  readonly withScores: boolean;
  /** Most members to count; 0 is no limit. */
  readonly limit: number;
}

/** Reads the arguments from the number of keys, argument `i`, on. */
export function parseRequest(call: Call, i: number, accepted: Accepted): Request {
  const { args } = call;
  const numkeys = keysCountedBy(args, i);
  if (numkeys === 0) {
    throw call.integer(i) >= 1
      ? errors.syntax
      : err(`at least 1 input key is needed for '${call.command.fullName}' command`);
  }
  const first = i + 1;
  const sources: Source[] = [];
  for (let key = first; key < first + numkeys; key++) sources.push(lookupSource(call, key));
  let merge = MERGES.SUM;
  let withScores = false;
  let limit = 0;
  for (let at = first + numkeys; at < args.count; at++) {
    const left = args.count - at - 1;
    if (accepted.weights && left >= numkeys && args.is(at, "WEIGHTS")) {
      for (const source of sources) source.weight = call.double(++at, errors.weightNotFloat);
    } else if (accepted.weights && left >= 1 && args.is(at, "AGGREGATE")) {
      const chosen = MERGES[args.cText(++at).toUpperCase()];
      if (chosen === undefined) throw errors.syntax;
      merge = chosen;
    } else if (accepted.withScores && args.is(at, "WITHSCORES")) {
      withScores = true;
    } else if (accepted.limit && left >= 1 && args.is(at, "LIMIT")) {
      limit = call.integer(++at, errors.negativeLimit);
      if (limit < 0) throw errors.negativeLimit;
    } else throw errors.syntax;
  }
  return { sources, merge, withScores, limit };
}

/** Gathers a combination in a table, and calls `use` with it. */
function combine(
  call: Call,
  combination: Combination,
  { sources, merge }: Request,
  use: (table: ScoreTable) => void,
): undefined {
  return withScoreTable(call, (table) => {
    combination(sources, merge, (member, hash, score) => {
      table.add(member, hash, score, merge);
      return true;
    });
    use(table);
  });
}

function replyTable(call: Call, table: ScoreTable, withScores: boolean): void {
  const { reply } = call;
  const inPairs = withScores && reply.resp === 3;
  reply.array(withScores && !inPairs ? table.count * 2 : table.count);
  table.forEach((member, score) => {
    if (inPairs) reply.array(2);
    call.replyRange(member);
    if (withScores) reply.double(score);
  });
}

/** One of the three operations, for its two commands. */
export interface Operation {
  readonly name: string;
  readonly verb: string;
  readonly complexity: string;
  readonly combination: Combination;
  readonly weights: boolean;
  readonly storeSince: string;
}

/** Declares the command that replies with the result of an operation. */
export function readingCommand(
  { name, verb, complexity, combination, weights }: Operation,
): CommandSpec {
  const options = weights ? " [WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX>]" : "";
  return command({
    name,
    group: "sorted-set",
    summary: `Lists the ${verb} of several sorted sets.`,
    since: "6.2.0",
    complexity,
    arity: -3,
    flags: ["readonly", "movablekeys"],
    keys: [countedKeys("RO access", 1)],
    syntax: `numkeys key [key ...]${options} [WITHSCORES]`,
    run(call) {
      const request = parseRequest(call, 1, { weights, withScores: true });
      return combine(
        call,
        combination,
        request,
        (table) => replyTable(call, table, request.withScores),
      );
    },
  });
}

/** Declares the command that stores the result of an operation. */
export function storingCommand(operation: Operation): CommandSpec {
  const { name, verb, complexity, combination, weights, storeSince } = operation;
  const options = weights ? " [WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX>]" : "";
  return command({
    name: `${name}store`,
    group: "sorted-set",
    summary: `Stores the ${verb} of several sorted sets as a sorted set.`,
    since: storeSince,
    complexity,
    arity: -4,
    flags: ["write", "denyoom", "movablekeys"],
    keys: [keyRange("OW update", 1, 0, 1), countedKeys("RO access", 2)],
    syntax: `destination numkeys key [key ...]${options}`,
    run(call) {
      const request = parseRequest(call, 2, { weights });
      mustHaveRoomForCopies(call, request.sources.map(({ entry }) => entry));
      return combine(
        call,
        combination,
        request,
        (table) => storeTable(call, 1, call.command.fullName, table),
      );
    },
  });
}
