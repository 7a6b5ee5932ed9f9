import type { Client } from "../../clients/client.ts";
import type { ServerContext } from "../../command/context.ts";
import { err } from "../../command/errors.ts";
import { command, type CommandSpec } from "../../command/spec.ts";

/** Ends a client's transaction and its watching of keys. */
export function discardTransaction(server: ServerContext, client: Client): void {
  client.transaction = undefined;
  server.watched.unwatch(client);
}

/** DISCARD: forgets a transaction. */
export const discard: CommandSpec = command({
  name: "discard",
  group: "transactions",
  summary: "Forgets all requests queued since MULTI.",
  since: "2.0.0",
  complexity: "O(N) where N is the number of queued requests",
  arity: 1,
  flags: ["noscript", "loading", "stale", "fast", "allow_busy", "never_queued"],
  run({ client, reply, server }) {
    if (client.transaction === undefined) throw err("DISCARD without MULTI");
    discardTransaction(server, client);
    reply.ok();
  },
});
