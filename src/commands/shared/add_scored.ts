/**
 * Adding members with scores to a sorted set: the common part of ZADD and GEOADD.
 *
 * @module
 */
import type { Call } from "../../command/call.ts";
import { errors } from "../../command/errors.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { allows, type Conditions } from "./conditions.ts";

/** The options of ZADD. */
export interface AddOptions extends Conditions {
  ch: boolean;
  incr: boolean;
}

/** Options of which none is set, except INCR if `incr` is true. */
export function noOptions(incr: boolean): AddOptions {
  return { nx: false, xx: false, gt: false, lt: false, ch: false, incr };
}

/**
 * Adds members with these scores, under conditions, and replies. `memberAt` gives the argument of each member by its number. Returns how
 * many members were added or got another score.
 */
export function addScored(
  call: Call,
  given: AddOptions,
  scores: readonly number[],
  memberAt: (i: number) => number,
): number {
  const { db, reply } = call;
  const { sortedSets } = call.keyspace;
  let entry = call.lookupForWrite(1, ValueType.SortedSet);
  if (entry !== 0) entry = sortedSets.makeRoom(db, entry, scores.length);
  let added = 0;
  let updated = 0;
  let result: number | undefined;
  for (let i = 0; i < scores.length; i++) {
    const member = call.range(memberAt(i));
    const handle = entry === 0 ? 0 : sortedSets.find(entry, member);
    const exists = handle !== 0;
    const before = exists ? sortedSets.score(entry, handle) : 0;
    const amount = scores[i];
    const score = given.incr && exists ? before + amount : amount;
    if (!allows(given, exists, exists ? before : NaN, score)) continue;
    if (Number.isNaN(score)) throw errors.scoreNotNumber;
    result = score;
    if (exists && score === before) continue;
    if (entry === 0) {
      const length = call.args.lengths[memberAt(0)];
      entry = sortedSets.create(db, call.key(1), scores.length, length);
    }
    entry = sortedSets.set(db, entry, member, score, handle);
    if (exists) updated++;
    else added++;
  }
  if (added + updated > 0) {
    call.keyChanged(1, "sorted-set", given.incr ? "zincr" : "zadd", added + updated);
  }
  if (!given.incr) reply.integer(given.ch ? added + updated : added);
  else if (result === undefined) reply.null();
  else reply.double(result);
  return added + updated;
}
