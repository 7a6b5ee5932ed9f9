import { command, type CommandSpec } from "../../command/spec.ts";

/** ROLE: replies with this server's role in replication, how far its history has come, and who follows it. */
export const role: CommandSpec = command({
  name: "role",
  group: "server",
  summary: "Tells whether the server is a primary or a replica, and of whom.",
  since: "2.8.12",
  complexity: "O(1)",
  arity: 1,
  flags: ["noscript", "loading", "stale", "fast"],
  categories: ["admin", "dangerous"],
  run({ reply, server }) {
    const { history, role } = server.replication;
    reply.array(3);
    reply.bulkText(role);
    reply.integer(history.offset);
    reply.array(0);
  },
});
