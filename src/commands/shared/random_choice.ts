/**
 * Choosing several different elements of a collection at random.
 *
 * @module
 */
import type { RandomSource } from "../../lib/random.ts";

/** A collection to choose from. */
export interface Choice {
  readonly total: number;
  /** Any element, each equally likely. */
  random(): number;
  forEach(visit: (element: number) => void): void;
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
