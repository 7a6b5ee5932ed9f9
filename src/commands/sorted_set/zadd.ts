import type { Call } from "../call.ts";
import { errors } from "../errors.ts";
import { command, type CommandSpec, oneKey } from "../spec.ts";

/** The options of ZADD. */
export interface Conditions {
  nx: boolean;
  xx: boolean;
  gt: boolean;
  lt: boolean;
  ch: boolean;
  incr: boolean;
}

/** The options from argument 2 on, and where the pairs begin. */
function parseOptions(call: Call): { given: Conditions; first: number } {
  const { args } = call;
  const given = { nx: false, xx: false, gt: false, lt: false, ch: false, incr: false };
  let first = 2;
  for (; first < args.count; first++) {
    const name = (["nx", "xx", "gt", "lt", "ch", "incr"] as const).find((option) =>
      args.is(first, option.toUpperCase())
    );
    if (name === undefined) break;
    given[name] = true;
  }
  const words = args.count - first;
  if (words === 0 || words % 2 !== 0) throw errors.syntax;
  if (given.nx && given.xx) throw errors.xxAndNx;
  if (given.gt && given.nx || given.lt && given.nx || given.gt && given.lt) throw errors.gtLtNx;
  if (given.incr && words > 2) throw errors.incrPair;
  return { given, first };
}

/** Adds the pairs of score and member from argument `first` on, under conditions, and replies. */
function add(call: Call, given: Conditions, first: number): undefined {
  const { args } = call;
  const scores: number[] = [];
  for (let i = first; i < args.count; i += 2) scores.push(call.double(i));
  return addScored(call, given, scores, (i) => first + 2 * i + 1);
}

/** Adds members with these scores, under conditions, and replies; `memberAt` tells in which argument the member with a number stands. */
export function addScored(
  call: Call,
  given: Conditions,
  scores: readonly number[],
  memberAt: (i: number) => number,
): undefined {
  const { db, reply } = call;
  const { sortedSets } = call.server.keyspace;
  let entry = call.lookupSortedSetForWrite(1);
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
    if (Number.isNaN(score)) throw errors.scoreNotNumber;
    if (exists ? given.nx : given.xx) continue;
    if (exists && (given.gt && score <= before || given.lt && score >= before)) continue;
    result = score;
    if (exists && score === before) continue;
    if (entry === 0) entry = sortedSets.create(db, call.key(1));
    entry = sortedSets.set(db, entry, member, score);
    if (exists) updated++;
    else added++;
  }
  if (added + updated > 0) {
    call.keyChanged(1, "sorted-set", given.incr ? "zincr" : "zadd", db, added + updated);
  }
  if (!given.incr) reply.integer(given.ch ? added + updated : added);
  else if (result === undefined) reply.null();
  else reply.double(result);
}

/** ZADD: adds members with their scores. */
export const zadd: CommandSpec = command({
  name: "zadd",
  group: "sorted-set",
  summary: "Adds members with scores to a sorted set, or changes their scores.",
  since: "1.2.0",
  complexity: "O(log(N)) for each member, where N is the size of the set",
  arity: -4,
  flags: ["write", "denyoom", "fast"],
  keys: oneKey("RW update"),
  syntax: "key [NX | XX] [GT | LT] [CH] [INCR] <score member> [<score member> ...]",
  run(call) {
    const { given, first } = parseOptions(call);
    return add(call, given, first);
  },
});

/** ZINCRBY: adds to a score. */
export const zincrby: CommandSpec = command({
  name: "zincrby",
  group: "sorted-set",
  summary: "Adds to the score of a member; a missing one counts as 0.",
  since: "1.2.0",
  complexity: "O(log(N)) where N is the size of the set",
  arity: 4,
  flags: ["write", "denyoom", "fast"],
  keys: oneKey("RW access update"),
  syntax: "key increment member",
  run(call) {
    const given = { nx: false, xx: false, gt: false, lt: false, ch: false, incr: true };
    return add(call, given, 2);
  },
});
