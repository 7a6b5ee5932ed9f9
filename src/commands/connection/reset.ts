import { adminCommand, type CommandSpec } from "../../command/spec.ts";

/** RESET: puts the connection back into the state in which it began. */
export const reset: CommandSpec = adminCommand({
  name: "reset",
  group: "connection",
  summary: "Makes the connection's state as it was when it began.",
  since: "6.2.0",
  complexity: "O(1)",
  arity: 1,
  flags: [
    "noscript",
    "loading",
    "stale",
    "fast",
    "no_auth",
    "allow_busy",
    "never_queued",
    "for_subscribers",
  ],
  run({ client, keyspace, reply, server }) {
    client.transaction = undefined;
    server.watched.unwatch(client);
    server.pubsub.forget(client);
    server.monitors.remove(client);
    server.tracking.disable(client);
    client.reset(keyspace.databases[0], server.acl.defaultUser);
    reply.resp = client.resp;
    if (!client.isMuted) reply.unmute();
    reply.simple("RESET");
  },
});
