import { command, type CommandSpec } from "../../command/spec.ts";

/** SELECT: changes the client's database. */
export const select: CommandSpec = command({
  name: "select",
  group: "connection",
  summary: "Chooses the database that the client's commands work on.",
  since: "1.0.0",
  complexity: "O(1)",
  arity: 2,
  flags: ["loading", "stale", "fast"],
  syntax: "index",
  run(call) {
    call.client.db = call.database(1);
    call.reply.ok();
  },
});
