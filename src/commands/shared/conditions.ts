/**
 * NX, XX, GT and LT: the conditions under which a score or a deadline replaces the present one.
 *
 * @module
 */
import type { Arguments } from "../../resp/arguments.ts";

/** Which conditions were given. */
export interface Conditions {
  nx: boolean;
  xx: boolean;
  gt: boolean;
  lt: boolean;
}

const WORDS = [["NX", "nx"], ["XX", "xx"], ["GT", "gt"], ["LT", "lt"]] as const;

/** No conditions. */
export function noConditions(): Conditions {
  return { nx: false, xx: false, gt: false, lt: false };
}

/** Adds the condition that argument `i` names; returns false if it names none. */
export function noteCondition(args: Arguments, i: number, given: Conditions): boolean {
  const found = WORDS.find(([word]) => args.is(i, word));
  if (found !== undefined) given[found[1]] = true;
  return found !== undefined;
}

/**
 * Whether `next` may replace `current`. If nothing `exists`, GT and LT compare with `current` all the same: it is infinity for a key
 * without a TTL, which lives for ever, and NaN for a new member, which allows any number.
 */
export function allows(given: Conditions, exists: boolean, current: number, next: number): boolean {
  if (exists ? given.nx : given.xx) return false;
  return !(given.gt && next <= current) && !(given.lt && next >= current);
}
