import { adminCommand, type CommandSpec } from "../../command/spec.ts";

/** DBSIZE: counts keys. */
export const dbsize: CommandSpec = adminCommand({
  name: "dbsize",
  group: "server",
  summary: "Counts the keys of the selected database.",
  since: "1.0.0",
  complexity: "O(1)",
  arity: 1,
  flags: ["readonly", "fast"],
  categories: ["keyspace"],
  tips: ["request_policy:all_shards", "response_policy:agg_sum"],
  run: ({ db, reply }) => reply.integer(db.size),
});
