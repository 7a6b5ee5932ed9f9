/** The commands of the group "list". @module */
import type { CommandSpec } from "../../command/spec.ts";
import { blpop, brpop } from "./blpop.ts";
import { lindex } from "./lindex.ts";
import { linsert } from "./linsert.ts";
import { llen } from "./llen.ts";
import { blmove, lmove } from "./lmove.ts";
import { blmpop, lmpop } from "./lmpop.ts";
import { lpop, rpop } from "./lpop.ts";
import { lpos } from "./lpos.ts";
import { lpush, lpushx, rpush, rpushx } from "./lpush.ts";
import { lrange } from "./lrange.ts";
import { lrem } from "./lrem.ts";
import { lset } from "./lset.ts";
import { ltrim } from "./ltrim.ts";
import { brpoplpush, rpoplpush } from "./rpoplpush.ts";

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
