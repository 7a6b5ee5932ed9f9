/** The commands of the group "hash". @module */
import type { CommandSpec } from "../spec.ts";
import { hexists, hget, hgetall, hkeys, hlen, hmget, hstrlen, hvals } from "./hget.ts";
import { hincrby, hincrbyfloat } from "./hincrby.ts";
import { hrandfield, hscan } from "./hrandfield_hscan.ts";
import { hdel, hmset, hset, hsetnx } from "./hset.ts";

/** All of them. */
export const hashCommands: readonly CommandSpec[] = [
  hdel,
  hexists,
  hget,
  hgetall,
  hincrby,
  hincrbyfloat,
  hkeys,
  hlen,
  hmget,
  hmset,
  hrandfield,
  hscan,
  hset,
  hsetnx,
  hstrlen,
  hvals,
];
