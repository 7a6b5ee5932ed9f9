/**
 * The section `clients`: who is connected, and what clients wait for and watch.
 *
 * @module
 */
import type { BlockedClients } from "../../clients/blocked_clients.ts";
import type { PubSub } from "../../clients/channels.ts";
import type { ClientRegistry } from "../../clients/client_registry.ts";
import type { Tracking } from "../../clients/tracking.ts";
import type { WatchedKeys } from "../../clients/watched_keys.ts";
import type { Config } from "../../config/config.ts";
import type { Fields } from "./section_fields.ts";

/** Where the section's figures come from. */
export interface ClientFigures {
  readonly blocked: BlockedClients;
  readonly clients: ClientRegistry;
  readonly config: Config;
  readonly pubsub: PubSub;
  readonly tracking: Tracking;
  readonly watched: WatchedKeys;
}

/** The section `clients`. */
export function clientsSection(source: ClientFigures): Fields {
  let maxInput = 0;
  let maxOutput = 0;
  for (const client of source.clients) {
    maxInput = Math.max(maxInput, client.reader.bufferBytes);
    maxOutput = Math.max(maxOutput, client.connection.pendingBytes);
  }
  return {
    connected_clients: source.clients.size,
    cluster_connections: 0,
    maxclients: source.config.number("maxclients"),
    client_recent_max_input_buffer: maxInput,
    client_recent_max_output_buffer: maxOutput,
    blocked_clients: source.blocked.size + source.clients.pausedClients,
    tracking_clients: source.tracking.clientCount,
    pubsub_clients: source.pubsub.clientCount,
    watching_clients: [...source.clients].filter(({ watched }) => watched.length > 0).length,
    clients_in_timeout_table: source.blocked.timedCount,
    total_watched_keys: source.watched.size,
    total_blocking_keys: source.blocked.keyCount,
    total_blocking_keys_on_nokey: source.blocked.keyCountWithoutKey,
  };
}
