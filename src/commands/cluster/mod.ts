/** The commands of the group "cluster". @module */
import type { CommandSpec } from "../../command/spec.ts";
import { asking, cluster, readonly, readwrite } from "./cluster.ts";

export const clusterCommands: readonly CommandSpec[] = [asking, cluster, readonly, readwrite];
