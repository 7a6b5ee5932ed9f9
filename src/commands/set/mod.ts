/** The commands of the group "set". @module */
import type { CommandSpec } from "../../command/spec.ts";
import {
  sdiff,
  sdiffstore,
  sinter,
  sintercard,
  sinterstore,
  sunion,
  sunionstore,
} from "./algebra.ts";
import { sadd, smove, srem } from "./sadd.ts";
import { scard, sismember, smembers, smismember, sscan } from "./smembers.ts";
import { spop, srandmember } from "./spop.ts";

/** All of them. */
export const setCommands: readonly CommandSpec[] = [
  sadd,
  scard,
  sdiff,
  sdiffstore,
  sinter,
  sintercard,
  sinterstore,
  sismember,
  smembers,
  smismember,
  smove,
  spop,
  srandmember,
  srem,
  sscan,
  sunion,
  sunionstore,
];
