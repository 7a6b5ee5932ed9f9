/** The commands of the group "hash". @module */
import type { CommandSpec } from "../../command/spec.ts";
import { hdel } from "./hdel.ts";
import { hexists } from "./hexists.ts";
import { hexpire, hexpireat, hpexpire, hpexpireat } from "./hexpire.ts";
import { hget, hmget } from "./hget.ts";
import { hgetall, hkeys, hvals } from "./hgetall.ts";
import { hgetdel } from "./hgetdel.ts";
import { hgetex } from "./hgetex.ts";
import { hincrby, hincrbyfloat } from "./hincrby.ts";
import { hlen } from "./hlen.ts";
import { hpersist } from "./hpersist.ts";
import { hrandfield } from "./hrandfield.ts";
import { hscan } from "./hscan.ts";
import { hmset, hset, hsetnx } from "./hset.ts";
import { hsetex } from "./hsetex.ts";
import { hstrlen } from "./hstrlen.ts";
import { hexpiretime, hpexpiretime, hpttl, httl } from "./httl.ts";

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
