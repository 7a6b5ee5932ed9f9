import type { AdminCall } from "../../command/call.ts";
import { errors } from "../../command/errors.ts";
import { adminCommand, type CommandSpec } from "../../command/spec.ts";
import type { Database } from "../../keyspace/database.ts";

/** Whether the request asks for the memory to be freed later. */
function isAsync(call: AdminCall): boolean {
  const { args, server } = call;
  if (args.count > 2) throw errors.syntax;
  if (args.count === 1) return server.config.flag("lazyfree-lazy-user-flush");
  if (args.is(1, "ASYNC")) return true;
  if (args.is(1, "SYNC")) return false;
  throw errors.syntax;
}

function flush(call: AdminCall, databases: readonly Database[]): undefined {
  const later = isAsync(call);
  const { client, keyspace, server, reply } = call;
  for (const database of databases) {
    const { size } = database;
    if (later && size > 0) keyspace.lazyFree.add(database);
    else database.clear();
    server.changes.databaseChanged(database, size);
  }
  server.tracking.flushed(client);
  // Propagated even if there was nothing to delete, because whoever repeats it may have more keys.
  call.propagatesRequest = true;
  reply.ok();
}

const base = {
  group: "server",
  history: [
    { since: "4.0.0", change: "`ASYNC` frees memory in the background.", options: ["ASYNC"] },
    { since: "6.2.0", change: "`SYNC` frees memory at once.", options: ["SYNC"] },
  ],
  complexity: "O(N) where N is the number of keys; O(1) with ASYNC",
  arity: -1,
  flags: ["write"],
  categories: ["keyspace", "dangerous"],
  tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
  syntax: "[ASYNC | SYNC]",
} as const;

/** FLUSHDB: deletes all keys of the client's database. */
export const flushdb: CommandSpec = adminCommand({
  ...base,
  name: "flushdb",
  summary: "Deletes all keys of the selected database.",
  since: "1.0.0",
  run: (call) => flush(call, [call.db]),
});

/** FLUSHALL: deletes all keys. */
export const flushall: CommandSpec = adminCommand({
  ...base,
  name: "flushall",
  summary: "Deletes all keys of all databases.",
  since: "1.0.0",
  run(call) {
    const { keyspace, persistence } = call.server;
    isAsync(call);
    // A background save would write data that is no longer wanted.
    persistence.abandonSave();
    flush(call, keyspace.databases);
    persistence.dataFlushed();
  },
});
