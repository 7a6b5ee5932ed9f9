/**
 * What a client is told that asks the wrong node, letter for letter as Redis 7.2 says it.
 *
 * @module
 */
import type { Config } from "../config/config.ts";
import type { ClusterNode } from "./cluster_node.ts";

/** The texts that name no node. */
export const CROSS_SLOT = "CROSSSLOT Keys in request don't hash to the same slot";
export const TRY_AGAIN = "TRYAGAIN Multiple keys request during rehashing of slot";
export const DOWN = "CLUSTERDOWN The cluster is down";
export const DOWN_FOR_WRITES = "CLUSTERDOWN The cluster is down and only accepts read commands";
export const NOT_SERVED = "CLUSTERDOWN Hash slot not served";

/** How clients are to reach a node, as `cluster-preferred-endpoint-type` says; empty if they know better. */
export function endpointOf(
  { hostname, ip }: Pick<ClusterNode, "hostname" | "ip">,
  config: Config,
): string {
  const type = config.text("cluster-preferred-endpoint-type");
  if (type === "ip") return ip;
  return type === "hostname" ? hostname || "?" : "";
}

/** Sends a client to another node: for good (`MOVED`), or for one request (`ASK`). */
export function redirection(
  word: "MOVED" | "ASK",
  slot: number,
  node: ClusterNode,
  config: Config,
  usesTls: boolean,
): string {
  return `${word} ${slot} ${endpointOf(node, config)}:${node.portFor(usesTls)}`;
}
