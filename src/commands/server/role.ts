import { command, type CommandSpec } from "../../command/spec.ts";

/** ROLE: replies with this server's role in replication, which is always that of a primary without replicas. */
export const role: CommandSpec = command({
  name: "role",
  group: "server",
  summary: "Tells whether the server is a primary or a replica, and of whom.",
  since: "2.8.12",
  complexity: "O(1)",
  arity: 1,
  flags: ["noscript", "loading", "stale", "fast"],
  categories: ["admin", "dangerous"],
  run({ reply }) {
    reply.array(3);
    reply.bulkText("master");
    reply.integer(0);
    reply.array(0);
  },
});
