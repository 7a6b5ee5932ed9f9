/** ASKING and its family: READONLY, READWRITE. @module */
import type { Client } from "../../clients/client.ts";
import type { CommandFlag } from "../../command/command_flags.ts";
import type { CommandSpec } from "../../command/spec.ts";
import { clusterCommand } from "./cluster_command.ts";

function clientMode(
  name: string,
  flags: readonly CommandFlag[],
  summary: string,
  change: (client: Client) => void,
): CommandSpec {
  return clusterCommand({
    name,
    summary,
    complexity: "O(1)",
    arity: 1,
    flags,
    categories: ["connection"],
    run({ client, reply }) {
      change(client);
      reply.ok();
    },
  });
}

/** ASKING: sent in front of a request that an ASK error has sent here. */
export const asking: CommandSpec = clientMode(
  "asking",
  ["fast"],
  "Lets the next request use a slot that is on its way to this node.",
  (client) => client.isAsking = client.hasJustAsked = true,
);

/** READONLY: lets a client read from a replica. */
export const readonly: CommandSpec = clientMode(
  "readonly",
  ["loading", "stale", "fast"],
  "Lets the connection read from a replica of the node that serves a slot.",
  (client) => client.readsFromReplicas = true,
);

/** READWRITE: ends what {@link readonly} has begun. */
export const readwrite: CommandSpec = clientMode(
  "readwrite",
  ["loading", "stale", "fast"],
  "Ends the effect of READONLY.",
  (client) => client.readsFromReplicas = false,
);
