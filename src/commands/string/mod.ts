/** The commands of the group "string". @module */
import type { CommandSpec } from "../../command/spec.ts";
import { append, getrange, setrange, strlen, substr } from "./append.ts";
import { get, getdel, getex, getset } from "./get.ts";
import { decr, decrby, incr, incrby, incrbyfloat } from "./incr.ts";
import { lcs } from "./lcs.ts";
import { mget, mset, msetnx } from "./mget_mset.ts";
import { set } from "./set.ts";
import { psetex, setex, setnx } from "./setnx.ts";

/** All of them. */
export const stringCommands: readonly CommandSpec[] = [
  append,
  decr,
  decrby,
  get,
  getdel,
  getex,
  getrange,
  getset,
  incr,
  incrby,
  incrbyfloat,
  lcs,
  mget,
  mset,
  msetnx,
  psetex,
  set,
  setex,
  setnx,
  setrange,
  strlen,
  substr,
];
