import type { Cluster } from "../../cluster/cluster.ts";
import type { ClusterNode } from "../../cluster/cluster_node.ts";
import { SLOT_COUNT } from "../../keyspace/key_slot.ts";
import type { Call } from "../../command/call.ts";
import type { CommandFlag } from "../../command/command_flags.ts";
import { err } from "../../command/errors.ts";
import { command, type CommandSpec } from "../../command/spec.ts";

const disabled = err("This instance has cluster support disabled");
const badSlot = err("Invalid or out of range slot");

/** The flags of subcommands that only look. */
export const VIEW: readonly CommandFlag[] = ["stale"];
/** Those of subcommands that look and need no data. */
export const LOADING: readonly CommandFlag[] = ["loading", "stale"];
/** Those of subcommands that look at other nodes. */
export const ADMIN_VIEW: readonly CommandFlag[] = ["admin", "stale"];
/** Those of subcommands that change the cluster. */
export const CHANGE: readonly CommandFlag[] = ["no_async_loading", "admin", "stale"];

/** The tip of a reply that is not the same everywhere. */
export const NONDETERMINISTIC: readonly string[] = ["nondeterministic_output"];

/** What a node that is alone cannot do. */
export const noBus = err(
  "There is no cluster bus: this node can neither meet other nodes nor follow or replace them",
);

/** The parts of a spec that subcommands of CLUSTER have in common may be left out. */
export type ClusterSpec =
  & Pick<CommandSpec, "name" | "summary" | "complexity" | "arity" | "flags">
  & Partial<
    Pick<
      CommandSpec,
      "since" | "history" | "syntax" | "tips" | "replacedBy" | "categories" | "differs"
    >
  >
  & { run(call: Call, cluster: Cluster): undefined };

/** Declares a command that only the node of a cluster runs. */
export function clusterCommand({ run, ...spec }: ClusterSpec): CommandSpec {
  return command({
    group: "cluster",
    since: "3.0.0",
    ...spec,
    run: (call) => run(call, clusterOf(call)),
  });
}

/** The cluster; throws if the server is no node of one. */
export function clusterOf({ server: { cluster } }: Call): Cluster {
  if (cluster === undefined) throw disabled;
  return cluster;
}

/** Argument `i` as a slot. */
export function slotAt({ args }: Call, i: number): number {
  const slot = args.integer(i);
  if (!(slot >= 0 && slot < SLOT_COUNT)) throw badSlot;
  return slot;
}

/** The node whose id is argument `i`; undefined if none is known. */
export function nodeAt({ args }: Call, { map }: Cluster, i: number): ClusterNode | undefined {
  return map.nodes.get(args.text(i));
}

/** As {@link nodeAt}, but throws if none is known. */
export function knownNodeAt(call: Call, cluster: Cluster, i: number): ClusterNode {
  const node = nodeAt(call, cluster, i);
  if (node === undefined) throw err(`Unknown node ${call.args.cText(i)}`);
  return node;
}
