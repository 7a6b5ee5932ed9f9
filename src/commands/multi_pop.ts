/**
 * What LMPOP, ZMPOP and the commands that wait for the first of several keys have in common.
 *
 * @module
 */
import type { Address } from "../arena/memory.ts";
import type { Call } from "./call.ts";
import { errors } from "./errors.ts";

/** The arguments `numkeys key [key ...] <where> [COUNT count]`. */
export interface MultiPop {
  /** Index of the first key. */
  readonly firstKey: number;
  /** Index of the last key. */
  readonly lastKey: number;
  /** Index of the word that says from which end to pop. */
  readonly where: number;
  /** How many to pop at most. */
  readonly count: number;
}

/** Reads the arguments of LMPOP or ZMPOP from the number of keys, argument `i`, on. `checkWhere` throws if that word is wrong. */
export function parseMultiPop(call: Call, i: number, checkWhere: (i: number) => void): MultiPop {
  const { args } = call;
  const numkeys = call.integer(i, errors.numkeysNotPositive);
  if (numkeys < 1) throw errors.numkeysNotPositive;
  const where = i + numkeys + 1;
  if (where >= args.count) throw errors.syntax;
  checkWhere(where);
  let count: number | undefined;
  for (let at = where + 1; at < args.count; at += 2) {
    if (count !== undefined || !args.is(at, "COUNT") || at + 1 === args.count) throw errors.syntax;
    count = call.integer(at + 1, errors.countNotPositive);
    if (count < 1) throw errors.countNotPositive;
  }
  return { firstKey: i + 1, lastKey: i + numkeys, where, count: count ?? 1 };
}

/** The first of the keys in arguments `first` to `last` that `lookup` finds: its index, and its entry. */
export function firstFound(
  first: number,
  last: number,
  lookup: (i: number) => Address,
): { readonly key: number; readonly entry: Address } | undefined {
  for (let key = first; key <= last; key++) {
    const entry = lookup(key);
    if (entry !== 0) return { key, entry };
  }
  return undefined;
}

/** How a pop replies that finds nothing: with a null, or, if it has a deadline, by waiting for one of the keys. */
export function popNothing(
  call: Call,
  first: number,
  last: number,
  type: number,
  deadlineMs?: number,
): undefined {
  if (deadlineMs === undefined || !call.mayBlock) return call.reply.nullArray();
  return call.waitForKeys(first, last, type, deadlineMs);
}
