/**
 * What LMPOP, ZMPOP and the commands that wait for the first of several keys have in common.
 *
 * @module
 */
import type { Address } from "../../arena/memory.ts";
import type { Call } from "../../command/call.ts";
import { errors } from "../../command/errors.ts";
import { keysCountedBy } from "../../command/key_positions.ts";

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
  const numkeys = keysCountedBy(args, i);
  if (numkeys === 0) throw args.integer(i) >= 1 ? errors.syntax : errors.numkeysNotPositive;
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

/** How to pop from the first of several keys that is there. */
export interface FirstPop {
  /** Arguments with the first and the last key. */
  readonly firstKey: number;
  readonly lastKey: number;
  /** The `ValueType` of the keys. */
  readonly type: number;
  /** When to give up waiting; undefined not to wait. */
  readonly deadlineMs: number | undefined;
  /** Length of the reply: the key, and what `pop` adds. */
  readonly replies: number;
  /** The entry of the key in an argument, or 0. */
  readonly lookup: (i: number) => Address;
  /** Replies with what it pops from the entry of the key in an argument. */
  readonly pop: (i: number, entry: Address) => void;
}

/** Pops from the first key that is there, and replies with it and what was popped; without one with null, or by waiting. */
export function popFromFirst(call: Call, request: FirstPop): undefined {
  const { args, reply } = call;
  const { firstKey, lastKey, type, deadlineMs, replies, lookup, pop } = request;
  for (let key = firstKey; key <= lastKey; key++) {
    const entry = lookup(key);
    if (entry === 0) continue;
    reply.array(replies);
    reply.bulk(args.bytes, args.starts[key], args.lengths[key]);
    return void pop(key, entry);
  }
  if (deadlineMs === undefined || !call.mayBlock) return reply.nullArray();
  return call.waitForKeys(firstKey, lastKey, type, deadlineMs);
}
