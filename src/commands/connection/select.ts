import { mustBeAlone } from "../shared/cluster_limits.ts";
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
    const index = call.int32(1);
    if (index !== 0) mustBeAlone(call, "SELECT is not allowed in cluster mode");
    call.client.db = call.database(1);
    call.reply.ok();
  },
});
