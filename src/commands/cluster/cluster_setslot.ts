import type { Cluster } from "../../cluster/cluster.ts";
import type { ClusterNode } from "../../cluster/cluster_node.ts";
import type { Call } from "../../command/call.ts";
import { err } from "../../command/errors.ts";
import type { CommandSpec } from "../../command/spec.ts";
import { CHANGE, clusterCommand, knownNodeAt, nodeAt, slotAt } from "./cluster_command.ts";

/** Checks that slots can move to or from a node. */
function mustBePrimary(node: ClusterNode): ClusterNode {
  if (node.primary !== undefined) throw err("Target node is not a master");
  return node;
}

function otherNode(call: Call, cluster: Cluster): ClusterNode {
  const node = nodeAt(call, cluster, 4);
  if (node === undefined) throw err(`I don't know about node ${call.args.cText(4)}`);
  return mustBePrimary(node);
}

function giveTo(node: ClusterNode, slot: number, cluster: Cluster): void {
  const { map } = cluster;
  const isEmpty = cluster.keyCount(slot) === 0;
  if (map.owner(slot) === map.myself && node !== map.myself && !isEmpty) {
    throw err(
      `Can't assign hashslot ${slot} to a different node while I still hold keys for this hash slot.`,
    );
  }
  if (isEmpty) map.migrating.delete(slot);
  map.assign(slot, node);
  // A slot that has arrived belongs to this node by the youngest claim.
  if (node === map.myself && map.importing.delete(slot)) cluster.bumpEpoch();
}

/** CLUSTER SETSLOT: tells a node where a slot is going. */
export const setslot: CommandSpec = clusterCommand({
  name: "setslot",
  summary: "Says that a slot is on its way to or from another node, is no longer, or has a node.",
  complexity: "O(1)",
  arity: -4,
  flags: CHANGE,
  syntax: "slot <IMPORTING node-id | MIGRATING node-id | NODE node-id | STABLE>",
  run(call, cluster) {
    const { args, reply } = call;
    const { importing, migrating, myself } = cluster.map;
    const slot = slotAt(call, 2);
    const isOwn = cluster.map.owner(slot) === myself;
    if (args.is(3, "MIGRATING") && args.count === 5) {
      if (!isOwn) throw err(`I'm not the owner of hash slot ${slot}`);
      migrating.set(slot, otherNode(call, cluster));
    } else if (args.is(3, "IMPORTING") && args.count === 5) {
      if (isOwn) throw err(`I'm already the owner of hash slot ${slot}`);
      importing.set(slot, otherNode(call, cluster));
    } else if (args.is(3, "STABLE") && args.count === 4) {
      importing.delete(slot);
      migrating.delete(slot);
    } else if (args.is(3, "NODE") && args.count === 5) {
      giveTo(mustBePrimary(knownNodeAt(call, cluster, 4)), slot, cluster);
    } else {
      throw err("Invalid CLUSTER SETSLOT action or number of arguments. Try CLUSTER HELP");
    }
    cluster.changedByHand();
    reply.ok();
  },
});
