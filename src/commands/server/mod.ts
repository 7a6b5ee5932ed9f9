/** The commands of the group "server". @module */
import type { CommandSpec } from "../../command/spec.ts";
import { acl } from "./acl_commands.ts";
import { bgrewriteaof } from "./bgrewriteaof.ts";
import { commandCommand } from "./command_commands.ts";
import { config } from "./config_commands.ts";
import { dbsize } from "./dbsize.ts";
import { debug } from "./debug.ts";
import { flushall, flushdb } from "./flush.ts";
import { info } from "./info.ts";
import { lastsave } from "./lastsave.ts";
import { latency } from "./latency.ts";
import { lolwut } from "./lolwut.ts";
import { memory } from "./memory_commands.ts";
import { module } from "./module.ts";
import { monitor } from "./monitor.ts";
import { bgsave, save } from "./save.ts";
import { shutdown } from "./shutdown.ts";
import { slowlog } from "./slowlog.ts";
import { swapdb } from "./swapdb.ts";
import { time } from "./time.ts";

export const serverCommands: readonly CommandSpec[] = [
  acl,
  bgrewriteaof,
  bgsave,
  commandCommand,
  config,
  dbsize,
  debug,
  flushall,
  flushdb,
  info,
  lastsave,
  latency,
  lolwut,
  memory,
  module,
  monitor,
  save,
  shutdown,
  slowlog,
  swapdb,
  time,
];
