/** The commands of the group "cluster". @module */
import type { CommandSpec } from "../../command/spec.ts";
import { asking, readonly, readwrite } from "./asking.ts";
import { cluster } from "./cluster_commands.ts";

export const clusterCommands: readonly CommandSpec[] = [asking, cluster, readonly, readwrite];
