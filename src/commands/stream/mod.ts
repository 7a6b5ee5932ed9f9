/** The commands of the group "stream". @module */
import type { CommandSpec } from "../../command/spec.ts";
import { xadd } from "./xadd.ts";
import { xautoclaim, xclaim } from "./xclaim.ts";
import { xdel, xsetid, xtrim } from "./xdel.ts";
import { xgroup } from "./xgroup.ts";
import { xinfo } from "./xinfo.ts";
import { xack, xpending } from "./xpending.ts";
import { xlen, xrange, xrevrange } from "./xrange.ts";
import { xread, xreadgroup } from "./xread.ts";

/** All of them. */
export const streamCommands: readonly CommandSpec[] = [
  xack,
  xadd,
  xautoclaim,
  xclaim,
  xdel,
  xgroup,
  xinfo,
  xlen,
  xpending,
  xrange,
  xread,
  xreadgroup,
  xrevrange,
  xsetid,
  xtrim,
];
