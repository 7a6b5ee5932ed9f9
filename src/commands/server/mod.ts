/** The commands of the group "server". @module */
import type { CommandSpec } from "../../command/spec.ts";
import { acl } from "./acl.ts";
import { commandCommand } from "./command.ts";
import { config } from "./config.ts";
import { debug } from "./debug.ts";
import { dbsize, flushall, flushdb, swapdb } from "./flush.ts";
import { info, shutdown, time } from "./info.ts";
import { latency } from "./latency.ts";
import { lolwut } from "./lolwut.ts";
import { memory } from "./memory.ts";
import { module } from "./module.ts";
import { monitor } from "./monitor.ts";
import { failover, replicaof, slaveof } from "./replicaof.ts";
import { role } from "./role.ts";
import { bgrewriteaof, bgsave, lastsave, save } from "./save.ts";
import { slowlog } from "./slowlog.ts";

/** All of them. */
export const serverCommands: readonly CommandSpec[] = [
  acl,
  bgrewriteaof,
  bgsave,
  commandCommand,
  config,
  dbsize,
  debug,
  failover,
  flushall,
  flushdb,
  info,
  lastsave,
  latency,
  lolwut,
  memory,
  module,
  monitor,
  replicaof,
  role,
  save,
  shutdown,
  slaveof,
  slowlog,
  swapdb,
  time,
];
