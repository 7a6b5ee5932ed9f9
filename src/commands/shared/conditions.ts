/**
 * NX, XX, GT and LT: on what condition a score or a deadline takes the place of the one that is there.
 *
 * @module
 */
import type { Arguments } from "../../resp/arguments.ts";

/** Which of them were given. */
export interface Conditions {
  nx: boolean;
  xx: boolean;
  gt: boolean;
  lt: boolean;
}

const WORDS = [["NX", "nx"], ["XX", "xx"], ["GT", "gt"], ["LT", "lt"]] as const;

/** None of them. */
export function noConditions(): Conditions {
  return { nx: false, xx: false, gt: false, lt: false };
}

/** Notes the condition that argument `i` names; false if it names none. */
export function noteCondition(args: Arguments, i: number, given: Conditions): boolean {
  const found = WORDS.find(([word]) => args.is(i, word));
  if (found !== undefined) given[found[1]] = true;
  return found !== undefined;
}

/**
 * Whether `next` may take the place of `current`. Where nothing `exists`, `current` is what GT and LT compare with all the same: infinity for
 * a key without a TTL, which lives for ever; NaN, to which any number is allowed, for a member that is new.
 */
export function allows(given: Conditions, exists: boolean, current: number, next: number): boolean {
  if (exists ? given.nx : given.xx) return false;
  return !(given.gt && next <= current) && !(given.lt && next >= current);
}
