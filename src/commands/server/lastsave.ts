import { adminCommand, type CommandSpec } from "../../command/spec.ts";

/** LASTSAVE: replies with the time of the last save. */
export const lastsave: CommandSpec = adminCommand({
  name: "lastsave",
  group: "server",
  summary: "Replies with the time of the last save, in seconds since 1970.",
  since: "1.0.0",
  complexity: "O(1)",
  arity: 1,
  flags: ["loading", "stale", "fast"],
  categories: ["admin", "dangerous"],
  tips: ["nondeterministic_output"],
  run({ reply, server }) {
    reply.integer(Math.floor(server.persistence.lastSaveMs / 1000));
  },
});
