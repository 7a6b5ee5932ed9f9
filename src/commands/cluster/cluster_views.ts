import type { Cluster } from "../../cluster/cluster.ts";
import type { ClusterNode } from "../../cluster/cluster_node.ts";
import { nodesText, nodeText, type Viewpoint } from "../../cluster/nodes_text.ts";
import { endpointOf } from "../../cluster/redirections.ts";
import type { Call } from "../../command/call.ts";
import { err } from "../../command/errors.ts";
import type { CommandSpec } from "../../command/spec.ts";
import {
  ADMIN_VIEW,
  clusterCommand,
  type ClusterSpec,
  knownNodeAt,
  LOADING,
  NONDETERMINISTIC,
  VIEW,
} from "./cluster_command.ts";

const NODES = "O(N) where N is the number of nodes";
const OWN_ADDRESS =
  "a node that has not been told its IP address names the one that the client has reached";

function viewOf(call: Call, cluster: Cluster): Viewpoint {
  return cluster.viewOf(call.client.connection.localAddress);
}

/** A node as it looks to a client: one that does not know its own address has the one that the client has reached. */
function seen(node: ClusterNode, { ownIp }: Viewpoint): Pick<ClusterNode, "ip" | "hostname"> {
  const ip = node.ip === "" && node.isMyself ? ownIp : node.ip;
  return { ip, hostname: node.hostname };
}

const myid = clusterCommand({
  name: "myid",
  summary: "Replies with the id of this node.",
  complexity: "O(1)",
  arity: 2,
  flags: VIEW,
  run: ({ reply }, { map }) => reply.bulkText(map.myself.id),
});

const myshardid = clusterCommand({
  name: "myshardid",
  summary: "Replies with the id of this node's shard: it has it in common with its replicas.",
  since: "7.2.0",
  complexity: "O(1)",
  arity: 2,
  flags: VIEW,
  tips: NONDETERMINISTIC,
  run: ({ reply }, { map }) => reply.bulkText(map.myself.shardId),
});

const nodes = clusterCommand({
  name: "nodes",
  summary: "Describes all nodes, a line for each.",
  differs: OWN_ADDRESS,
  complexity: NODES,
  arity: 2,
  flags: VIEW,
  tips: NONDETERMINISTIC,
  run(call, cluster) {
    const { map } = cluster;
    call.reply.verbatim(nodesText(map, map.nodes.values(), viewOf(call, cluster)), "txt");
  },
});

const replicasSpec = {
  summary: "Describes the replicas of a node, a line for each.",
  complexity: "O(N) where N is the number of replicas",
  arity: 3,
  flags: ADMIN_VIEW,
  syntax: "node-id",
  tips: NONDETERMINISTIC,
  run(call: Call, cluster: Cluster): undefined {
    const { map } = cluster;
    const node = knownNodeAt(call, cluster, 2);
    if (node.primary !== undefined) throw err("The specified node is not a master");
    const replicas = map.replicas(node);
    call.reply.array(replicas.length);
    for (const replica of replicas) {
      call.reply.bulkText(nodeText(map, replica, viewOf(call, cluster)));
    }
  },
} satisfies Omit<ClusterSpec, "name">;

const replicas = clusterCommand({ ...replicasSpec, name: "replicas", since: "5.0.0" });

const slaves = clusterCommand({
  ...replicasSpec,
  name: "slaves",
  replacedBy: { since: "5.0.0", command: "`CLUSTER REPLICAS`" },
});

/** How a node is reached: by what clients are to use, the port, the id, and what else is known. */
function replyAddress(call: Call, node: ClusterNode, view: Viewpoint): void {
  const { reply, server: { config } } = call;
  const type = config.text("cluster-preferred-endpoint-type");
  const { hostname, ip } = seen(node, view);
  const others = {
    ...(type === "ip" ? {} : { ip }),
    ...(type === "hostname" || hostname === "" ? {} : { hostname }),
  };
  reply.array(4);
  if (type === "unknown-endpoint") reply.null();
  else reply.bulkText(type === "ip" ? ip : hostname || "?");
  reply.integer(node.portFor(view.usesTls));
  reply.bulkText(node.id);
  reply.map(Object.keys(others).length);
  for (const [name, value] of Object.entries(others)) {
    reply.bulkText(name);
    reply.bulkText(value);
  }
}

const slots = clusterCommand({
  name: "slots",
  summary: "Replies with all ranges of slots and who serves them.",
  differs: OWN_ADDRESS,
  history: [
    { since: "4.0.0", change: "Tells the ids of nodes." },
    { since: "7.0.0", change: "Tells further names and addresses of nodes." },
  ],
  complexity: NODES,
  arity: 2,
  flags: LOADING,
  tips: NONDETERMINISTIC,
  replacedBy: { since: "7.0.0", command: "`CLUSTER SHARDS`" },
  run(call, cluster) {
    const { reply } = call;
    const view = viewOf(call, cluster);
    const ranges = cluster.map.ranges();
    reply.array(ranges.length);
    for (const { node, range: { first, last } } of ranges) {
      reply.array(3);
      reply.integer(first);
      reply.integer(last);
      replyAddress(call, node, view);
    }
  },
});

function replyDetails(call: Call, node: ClusterNode, view: Viewpoint): void {
  const { reply, server: { config, replication } } = call;
  const { hostname, ip } = seen(node, view);
  const fields: Record<string, string | number> = {
    id: node.id,
    ...(node.port === 0 ? {} : { port: node.port }),
    ...(node.tlsPort === 0 ? {} : { "tls-port": node.tlsPort }),
    ip,
    endpoint: endpointOf({ hostname, ip }, config),
    ...(hostname === "" ? {} : { hostname }),
    role: node.primary === undefined ? "master" : "replica",
    "replication-offset": node.isMyself ? replication.history.offset : 0,
    health: node.hasFailed ? "fail" : node.primary === undefined ? "online" : "loading",
  };
  reply.map(Object.keys(fields).length);
  for (const [name, value] of Object.entries(fields)) {
    reply.bulkText(name);
    if (typeof value === "number") reply.integer(value);
    else reply.bulkText(value);
  }
}

const shards = clusterCommand({
  name: "shards",
  summary: "Replies with all shards: their slots, and their nodes.",
  differs: OWN_ADDRESS,
  since: "7.0.0",
  complexity: NODES,
  arity: 2,
  flags: LOADING,
  tips: NONDETERMINISTIC,
  run(call, cluster) {
    const { map } = cluster;
    const { reply } = call;
    const byShard = Map.groupBy(map.nodes.values(), ({ shardId }) => shardId);
    reply.array(byShard.size);
    for (const members of byShard.values()) {
      const ranges = map.rangesOf(members[0].primary ?? members[0]);
      reply.map(2);
      reply.bulkText("slots");
      reply.array(2 * ranges.length);
      for (const slot of ranges.flatMap(({ first, last }) => [first, last])) reply.integer(slot);
      reply.bulkText("nodes");
      reply.array(members.length);
      for (const node of members) replyDetails(call, node, viewOf(call, cluster));
    }
  },
});

const links = clusterCommand({
  name: "links",
  summary: "Replies with the connections to other nodes; there are none without a bus.",
  since: "7.0.0",
  complexity: NODES,
  arity: 2,
  flags: VIEW,
  tips: NONDETERMINISTIC,
  run: ({ reply }) => reply.array(0),
});

const info = clusterCommand({
  name: "info",
  summary: "Tells whether the cluster works, how many slots have nodes, and the epochs.",
  complexity: "O(1)",
  arity: 2,
  flags: VIEW,
  tips: NONDETERMINISTIC,
  run({ reply }, cluster) {
    const fields = Object.entries(figures(cluster));
    reply.verbatim(fields.map(([name, value]) => `${name}:${value}\r\n`).join(""), "txt");
  },
});

function figures({ currentEpoch, isOk, map }: Cluster): Record<string, string | number | bigint> {
  const count = (isOfInterest: (node: ClusterNode) => boolean) =>
    map.servingNodes.filter(isOfInterest).reduce((sum, node) => sum + map.count(node), 0);
  const { myself } = map;
  return {
    cluster_state: isOk ? "ok" : "fail",
    cluster_slots_assigned: count(() => true),
    cluster_slots_ok: count(({ marks }) => !marks.has("fail") && !marks.has("fail?")),
    cluster_slots_pfail: count(({ marks }) => !marks.has("fail") && marks.has("fail?")),
    cluster_slots_fail: count(({ hasFailed }) => hasFailed),
    cluster_known_nodes: map.nodes.size,
    cluster_size: map.servingNodes.length,
    cluster_current_epoch: currentEpoch,
    cluster_my_epoch: (myself.primary ?? myself).configEpoch,
    cluster_stats_messages_sent: 0,
    cluster_stats_messages_received: 0,
    total_cluster_links_buffer_limit_exceeded: 0,
  };
}

/** The subcommands of CLUSTER that tell of nodes and of who serves what. */
export const topology: readonly CommandSpec[] = [
  info,
  links,
  myid,
  myshardid,
  nodes,
  replicas,
  shards,
  slaves,
  slots,
];
