import { err } from "../../command/errors.ts";
import { mustBeAlone } from "../shared/cluster_limits.ts";
import { adminCommand, type CommandSpec } from "../../command/spec.ts";

/** SWAPDB: exchanges two databases. */
export const swapdb: CommandSpec = adminCommand({
  name: "swapdb",
  group: "server",
  summary: "Exchanges the keys of two databases, at once and for all clients.",
  since: "4.0.0",
  complexity: "O(1)",
  arity: 3,
  flags: ["write", "fast"],
  categories: ["keyspace", "dangerous"],
  syntax: "index1 index2",
  run(call) {
    mustBeAlone(call, "SWAPDB is not allowed in cluster mode");
    const first = call.database(1, err("invalid first DB index"));
    const second = call.database(2, err("invalid second DB index"));
    if (first === second) {
      call.server.changes.count(1);
      return call.reply.ok();
    }
    first.swap(second);
    call.server.changes.databaseChanged(first, 1);
    call.server.changes.databaseChanged(second, 0);
    call.reply.ok();
  },
});
