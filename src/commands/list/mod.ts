/** The commands of the group "list". @module */
import type { CommandSpec } from "../../command/spec.ts";
import { lindex, linsert, llen, lpos, lrange, lrem, lset, ltrim } from "./lindex.ts";
import { blmove, brpoplpush, lmove, rpoplpush } from "./lmove.ts";
import { blmpop, blpop, brpop, lmpop } from "./lmpop.ts";
import { lpop, lpush, lpushx, rpop, rpush, rpushx } from "./push_pop.ts";

/** All of them. */
export const listCommands: readonly CommandSpec[] = [
  blmove,
  blmpop,
  blpop,
  brpop,
  brpoplpush,
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
