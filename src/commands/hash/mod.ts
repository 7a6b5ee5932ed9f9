/** The commands of the group "hash". @module */
import type { CommandSpec } from "../../command/spec.ts";
import { hexists, hget, hgetall, hkeys, hlen, hmget, hstrlen, hvals } from "./hget.ts";
import {
  hexpire,
  hexpireat,
  hexpiretime,
  hpersist,
  hpexpire,
  hpexpireat,
  hpexpiretime,
  hpttl,
  httl,
} from "./hexpire.ts";
import { hgetdel, hgetex, hsetex } from "./hgetex.ts";
import { hincrby, hincrbyfloat } from "./hincrby.ts";
import { hrandfield, hscan } from "./hrandfield_hscan.ts";
import { hdel, hmset, hset, hsetnx } from "./hset.ts";

/** All of them. */
export const hashCommands: readonly CommandSpec[] = [
  hdel,
  hexists,
  hexpire,
  hexpireat,
  hexpiretime,
  hget,
  hgetall,
  hgetdel,
  hgetex,
  hincrby,
  hincrbyfloat,
  hkeys,
  hlen,
  hmget,
  hmset,
  hpersist,
  hpexpire,
  hpexpireat,
  hpexpiretime,
  hpttl,
  hrandfield,
  hscan,
  hset,
  hsetex,
  hsetnx,
  hstrlen,
  httl,
  hvals,
];
