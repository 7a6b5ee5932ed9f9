/**
 * What being the node of a cluster means for the other parts of a server.
 *
 * @module
 */
import type { BlockedClients } from "../clients/blocked_clients.ts";
import type { PubSub } from "../clients/channels.ts";
import type { ClientRegistry } from "../clients/client_registry.ts";
import type { Cluster } from "../cluster/cluster.ts";
import type { CommandTable } from "../command/command_table.ts";
import { ConfigError } from "../config/kinds.ts";
import type { Config } from "../config/config.ts";
import type { Admission } from "../execution/admission.ts";
import { SlotRules, type SlotRulesParts } from "../execution/slot_rules.ts";
import { keySlot } from "../keyspace/key_slot.ts";
import { fromLatin1 } from "../lib/bytes.ts";
import type { Log } from "../telemetry/log.ts";

/** The parts that depend on slots. */
export interface ClusterEffects extends SlotRulesParts {
  readonly admission: Admission;
  readonly blocked: BlockedClients;
  readonly clients: ClientRegistry;
  readonly commands: CommandTable;
  readonly pubsub: PubSub;
}

/** Fits the configuration to a node: it has database 0 only. Throws a `ConfigError` if it is to be a replica of its own choice. */
export function beNode({ config, log }: { config: Config; log: Log }): void {
  if (config.text("replicaof") !== "") {
    throw new ConfigError("replicaof directive not allowed in cluster mode");
  }
  const count = config.number("databases");
  if (count === 1) return;
  log.warning(
    `WARNING: Changing databases number from ${count} to 1 since we are in cluster mode`,
  );
  config.assign("databases", 1);
}

/** Lets requests, waiting clients and shard channels go by the slots of this node. */
export function followCluster(parts: ClusterEffects, cluster: Cluster): void {
  const { admission, blocked, clients, commands, pubsub } = parts;
  const rules = new SlotRules(parts, cluster);
  admission.slotRules = rules;
  cluster.map.onLost = (slot) => {
    const lost = [...pubsub.names("shard")].filter((channel) => slotOf(channel) === slot);
    for (const channel of lost) pubsub.closeShardChannel(channel);
  };
  cluster.onChange = () => {
    for (const client of clients) {
      const request = client.blocked;
      if (request === undefined || request.keys.length === 0) continue;
      const refusal = rules.refusalOfWaiting(client, commands.resolve(request.args)!, request.args);
      if (refusal === undefined) continue;
      blocked.release(client, () => {
        throw refusal;
      });
    }
  };
}

function slotOf(channel: string): number {
  const bytes = fromLatin1(channel);
  return keySlot(bytes, 0, bytes.length);
}
