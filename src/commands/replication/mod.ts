/** The commands of replication, which belong to the groups "server" and "generic". @module */
import type { CommandSpec } from "../../command/spec.ts";
import { failover } from "./failover.ts";
import { replconf } from "./replconf.ts";
import { replicaof, slaveof } from "./replicaof.ts";
import { role } from "./role.ts";
import { psync, sync } from "./sync.ts";
import { wait, waitaof } from "./wait.ts";

export const replicationCommands: readonly CommandSpec[] = [
  failover,
  psync,
  replconf,
  replicaof,
  role,
  slaveof,
  sync,
  wait,
  waitaof,
];
