/**
 * Nodes as text, a line for each: the reply of CLUSTER NODES, and the file in which a node remembers its cluster. The file is that of Redis
 * 7.2, so that either server can go on with the other's:
 *
 *     <id> <ip>:<port>@<bus port>[,<hostname>] <flags> <primary or -> <ping ms> <pong ms> <epoch> <link> <slots ...>
 *     vars currentEpoch <epoch> lastVoteEpoch <epoch>
 *
 * In the file `,name=value` pairs follow the hostname. Behind the slots of this node stand those that are on their way: `[93->-<id>]` to
 * another node, `[93-<-<id>]` from one.
 *
 * @module
 */
import { type ClusterNode, NODE_MARKS } from "./cluster_node.ts";
import type { SlotMap, SlotRange } from "./slot_map.ts";

/** How addresses look to whoever asks for them. */
export interface Viewpoint {
  /** The address of this node, if it has not been told its own. */
  readonly ownIp: string;
  /** Whether ports are to be those for TLS. */
  readonly usesTls: boolean;
}

/** The lines of nodes, each with its end. */
export function nodesText(map: SlotMap, nodes: Iterable<ClusterNode>, view: Viewpoint): string {
  const ranges = rangesByNode(map);
  return [...nodes].map((node) => `${nodeLine(map, node, view, ranges)}\n`).join("");
}

/** The line of one node, as CLUSTER NODES and CLUSTER REPLICAS show it. */
export function nodeText(map: SlotMap, node: ClusterNode, view: Viewpoint): string {
  return nodeLine(map, node, view, rangesByNode(map));
}

/** The contents of the file. */
export function nodesFile(map: SlotMap, currentEpoch: bigint, lastVoteEpoch: bigint): string {
  const ranges = rangesByNode(map);
  const lines = [...map.nodes.values()].filter(({ marks }) => !marks.has("handshake"))
    .map((node) => {
      const names = `,${node.hostname},tls-port=${node.tlsPort}` +
        (node.humanName === "" ? "" : `,nodename=${node.humanName}`) +
        `,shard-id=${node.shardId}`;
      const address = `${node.ip}:${node.port}@${node.busPort}${names}`;
      return `${node.id} ${address} ${stateText(map, node, ranges)}\n`;
    });
  return `${lines.join("")}vars currentEpoch ${currentEpoch} lastVoteEpoch ${lastVoteEpoch}\n`;
}

function rangesByNode(map: SlotMap): Map<ClusterNode, SlotRange[]> {
  const found = new Map<ClusterNode, SlotRange[]>();
  for (const { node, range } of map.ranges()) {
    const ranges = found.get(node);
    if (ranges === undefined) found.set(node, [range]);
    else ranges.push(range);
  }
  return found;
}

function nodeLine(
  map: SlotMap,
  node: ClusterNode,
  { ownIp, usesTls }: Viewpoint,
  ranges: ReadonlyMap<ClusterNode, readonly SlotRange[]>,
): string {
  const ip = node.ip === "" && node.isMyself ? ownIp : node.ip;
  const hostname = node.hostname === "" ? "" : `,${node.hostname}`;
  const address = `${ip}:${node.portFor(usesTls)}@${node.busPort}${hostname}`;
  return `${node.id} ${address} ${stateText(map, node, ranges)}`;
}

/** What is said of a node behind its address. */
function stateText(
  map: SlotMap,
  node: ClusterNode,
  ranges: ReadonlyMap<ClusterNode, readonly SlotRange[]>,
): string {
  const { primary } = node;
  const flags = [
    ...(node.isMyself ? ["myself"] : []),
    primary === undefined ? "master" : "slave",
    ...NODE_MARKS.filter((mark) => node.marks.has(mark)),
  ];
  const words = [
    flags.join(","),
    primary?.id ?? "-",
    node.pingSentMs,
    node.pongReceivedMs,
    (primary ?? node).configEpoch,
    node.isMyself ? "connected" : "disconnected",
    ...(ranges.get(node) ?? []).map(rangeText),
    ...(node.isMyself ? movingSlots(map) : []),
  ];
  return words.join(" ");
}

function rangeText({ first, last }: SlotRange): string {
  return first === last ? `${first}` : `${first}-${last}`;
}

function movingSlots({ importing, migrating }: SlotMap): string[] {
  const moving = new Map([...importing].map(([slot, { id }]) => [slot, `[${slot}-<-${id}]`]));
  // A slot that somehow goes both ways is shown as one that leaves.
  for (const [slot, { id }] of migrating) moving.set(slot, `[${slot}->-${id}]`);
  return [...moving].sort(([a], [b]) => a - b).map(([, text]) => text);
}
