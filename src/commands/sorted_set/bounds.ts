/**
 * Ranges of sorted sets as arguments give them: by score (`1`, `(2.5`, `-inf`) and by member (`[a`, `(b`, `-`, `+`).
 *
 * @module
 */
import type { Address } from "../../arena/memory.ts";
import type { IsBefore } from "../../keyspace/sorted_sets.ts";
import { type ByteRange, compareBytes } from "../../lib/bytes.ts";
import { parseLenientDouble } from "../../lib/double.ts";
import type { Call } from "../../command/call.ts";
import { errors } from "../../command/errors.ts";

/** A range of ranks; `end` is not in it. */
export interface RankRange {
  readonly start: number;
  readonly end: number;
}

/** The bounds of a range, as conditions on members. */
export interface Bounds {
  /** Holds for the members before the range. */
  readonly isBelow: IsBefore;
  /** Holds for the members before the end of the range. */
  readonly isNotAbove: IsBefore;
}

/** The ranks within bounds. */
export function ranksWithin(call: Call, entry: Address, bounds: Bounds): RankRange {
  const { sortedSets } = call.keyspace;
  const start = sortedSets.lowerRank(entry, bounds.isBelow);
  return { start, end: Math.max(start, sortedSets.lowerRank(entry, bounds.isNotAbove)) };
}

function scoreBound(call: Call, i: number): { score: number; isExclusive: boolean } {
  const text = call.args.text(i);
  const isExclusive = text.startsWith("(");
  const score = parseLenientDouble(isExclusive ? text.slice(1) : text);
  if (score === undefined) throw errors.scoreRange;
  return { score, isExclusive };
}

/** The scores from argument `min` to argument `max`. */
export function scoreBounds(call: Call, min: number, max: number): Bounds {
  const low = scoreBound(call, min);
  const high = scoreBound(call, max);
  return {
    isBelow: (score) => low.isExclusive ? score <= low.score : score < low.score,
    isNotAbove: (score) => high.isExclusive ? score < high.score : score <= high.score,
  };
}

interface LexBound {
  readonly infinite: "-" | "+" | undefined;
  readonly isExclusive: boolean;
  readonly value: ByteRange;
}

function lexBound(call: Call, i: number): LexBound {
  const { bytes, starts, lengths } = call.args;
  const first = String.fromCharCode(bytes[starts[i]]);
  const value = { bytes, start: starts[i] + 1, length: lengths[i] - 1 };
  if (call.args.is(i, "-") || call.args.is(i, "+")) {
    return { infinite: first as "-" | "+", isExclusive: false, value };
  }
  if (lengths[i] === 0 || first !== "[" && first !== "(") throw errors.lexRange;
  return { infinite: undefined, isExclusive: first === "(", value };
}

/** The members from argument `min` to argument `max`. */
export function lexBounds(call: Call, min: number, max: number): Bounds {
  const low = lexBound(call, min);
  const high = lexBound(call, max);
  const compare = (member: ByteRange, { value }: LexBound) =>
    compareBytes(
      member.bytes,
      member.start,
      member.length,
      value.bytes,
      value.start,
      value.length,
    );
  return {
    isBelow(_, member) {
      if (low.infinite !== undefined) return low.infinite === "+";
      const order = compare(member(), low);
      return low.isExclusive ? order <= 0 : order < 0;
    },
    isNotAbove(_, member) {
      if (high.infinite !== undefined) return high.infinite === "+";
      const order = compare(member(), high);
      return high.isExclusive ? order < 0 : order <= 0;
    },
  };
}

/** The ranks from argument `min` to argument `max`, negative ones from the end. */
export function rankRange(call: Call, min: number, max: number, count: number): RankRange {
  const [first, last] = [call.integer(min), call.integer(max)];
  const start = Math.max(0, first < 0 ? first + count : first);
  const end = Math.min(count - 1, last < 0 ? last + count : last) + 1;
  return { start, end: Math.max(start, end) };
}
