/** The commands of the group "list". @module */
import type { CommandSpec } from "../spec.ts";
import { lindex, linsert, llen, lpos, lrange, lrem, lset, ltrim } from "./lindex.ts";
import { lmove, lmpop, rpoplpush } from "./lmove.ts";
import { lpop, lpush, lpushx, rpop, rpush, rpushx } from "./push_pop.ts";

/** All of them. */
export const listCommands: readonly CommandSpec[] = [
  lindex,
  linsert,
  llen,
  lmove,
  lmpop,
  lpop,
  lpos,
  lpush,
  lpushx,
  lrange,
  lrem,
  lset,
  ltrim,
  rpop,
  rpoplpush,
  rpush,
  rpushx,
];
