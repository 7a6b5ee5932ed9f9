/**
 * Choosing elements of a collection at random.
 *
 * @module
 */
import { INT64_MAX } from "../../lib/integer.ts";
import type { RandomSource } from "../../lib/random.ts";
import type { Call } from "../../command/call.ts";
import { errors } from "../../command/errors.ts";

/** Largest count that can be doubled in 64 bits: with values twice as many elements are replied. */
const MAX_PAIRS = INT64_MAX / 2n;

/** Throws if twice the count in argument `i`, which is one, does not fit 64 bits. */
export function mustFitTwice(call: Call, i: number): void {
  const count = call.args.int64(i)!;
  if (count > MAX_PAIRS || count < -MAX_PAIRS) throw errors.outOfRange;
}

/** A collection to choose from. */
export interface Choice {
  readonly total: number;
  /** Any element, each equally likely. */
  random(): number;
  forEach(visit: (element: number) => void): void;
}

/** A function that chooses any element, each equally likely, and is going to be called `count` times. */
export function chooserOfAny(from: Choice, count: number, random: RandomSource): () => number {
  const { total } = from;
  if (count < total) return () => from.random();
  // Knowing all of them takes less time than to look for each.
  const all: number[] = [];
  from.forEach((element) => all.push(element));
  return () => all[random.below(total)];
}

/** `count` different elements, every combination equally likely; all of them if there are no more. */
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
