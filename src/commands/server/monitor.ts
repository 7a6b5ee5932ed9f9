import { err } from "../../command/errors.ts";
import { adminCommand, type CommandSpec } from "../../command/spec.ts";

/** MONITOR: shows every request that is run. */
export const monitor: CommandSpec = adminCommand({
  name: "monitor",
  group: "server",
  summary: "Shows every request that the server runs, as it runs them.",
  since: "1.0.0",
  complexity: "O(1) for each request",
  arity: 1,
  flags: ["admin", "noscript", "loading", "stale"],
  run({ client, reply, server }) {
    if (client.mustNotBlock) throw err("MONITOR isn't allowed for DENY BLOCKING client");
    server.monitors.add(client);
    reply.ok();
  },
});
