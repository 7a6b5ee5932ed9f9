/**
 * Choosing elements of a collection at random.
 *
 * @module
 */
import type { Address } from "../../arena/memory.ts";
import type { ValueType } from "../../keyspace/value_type.ts";
import { INT64_MAX } from "../../lib/integer.ts";
import type { RandomSource } from "../../lib/random.ts";
import type { Call } from "../../command/call.ts";
import { errors } from "../../command/errors.ts";

/** Largest count that can be doubled in 64 bits; with values the reply has twice as many elements. */
const MAX_PAIRS = INT64_MAX / 2n;

/** A collection to choose from. */
export interface Choice {
  readonly total: number;
  /** A random element; all are equally likely. */
  random(): number;
  forEach(visit: (element: number) => void): void;
}

/** A collection whose elements can be written as replies. */
export interface RepliedChoice extends Choice {
  /** Replies with an element, without its value. */
  reply(element: number): void;
  /** Replies with the value of an element, if elements have values. */
  replyValue?(element: number): void;
}

/**
 * The body of SRANDMEMBER, HRANDFIELD and ZRANDMEMBER. It replies with a random element of the key in argument 1, whose value must be of
 * the type, or with as many as argument 2 says. The word `valuesWord` asks for the values too.
 */
export function replyAtRandom(
  call: Call,
  type: ValueType,
  choiceOf: (entry: Address) => RepliedChoice,
  valuesWord?: string,
): undefined {
  const { args, reply } = call;
  if (args.count === 2) {
    const entry = call.lookupForRead(1, type);
    if (entry === 0) return reply.null();
    const from = choiceOf(entry);
    return void from.reply(from.random());
  }
  const count = call.signedCount(2);
  const withValues = args.count === 4 && valuesWord !== undefined && args.is(3, valuesWord);
  if (args.count > 3 && !withValues) throw errors.syntax;
  if (withValues || count < 0 && valuesWord !== undefined) mustFitTwice(call, 2);
  const entry = call.lookupForRead(1, type);
  if (entry === 0 || count === 0) return reply.array(0);
  replyChosen(call, choiceOf(entry), count, withValues);
}

/** Replies with `count` different elements. If it is negative, replies with `-count` elements, which may repeat. */
function replyChosen(call: Call, from: RepliedChoice, count: number, withValues: boolean): void {
  const { reply, server: { random } } = call;
  const chosen = count > 0 ? chooseDistinct(from, count, random) : undefined;
  // Elements are chosen one by one, because the count may be larger than memory.
  const any = chooserOfAny(from, -count, random);
  const length = chosen?.length ?? -count;
  const inPairs = withValues && reply.resp === 3;
  reply.array(withValues && !inPairs ? length * 2 : length);
  for (let i = 0; i < length; i++) {
    const element = chosen === undefined ? any() : chosen[i];
    if (inPairs) reply.array(2);
    from.reply(element);
    if (withValues) from.replyValue?.(element);
  }
}

/** Throws if twice the count in argument `i` does not fit 64 bits. */
function mustFitTwice(call: Call, i: number): void {
  const count = call.args.int64(i)!;
  if (count > MAX_PAIRS || count < -MAX_PAIRS) throw errors.outOfRange;
}

/** Makes a function that returns a random element, all equally likely. The caller is going to call it `count` times. */
function chooserOfAny(from: Choice, count: number, random: RandomSource): () => number {
  const { total } = from;
  if (count < total) return () => from.random();
  // For many calls it takes less time to collect all elements first.
  const all: number[] = [];
  from.forEach((element) => all.push(element));
  return () => all[random.below(total)];
}

/** Chooses `count` different elements, every combination equally likely; or all elements if there are no more. */
export function chooseDistinct(from: Choice, count: number, random: RandomSource): number[] {
  const { total } = from;
  if (count * 3 < total) {
    const chosen = new Set<number>();
    while (chosen.size < count) chosen.add(from.random());
    return [...chosen];
  }
  const all: number[] = [];
  from.forEach((element) => all.push(element));
  const wanted = Math.min(count, total);
  for (let i = 0; i < wanted; i++) {
    const j = i + random.below(total - i);
    [all[i], all[j]] = [all[j], all[i]];
  }
  return all.slice(0, wanted);
}
