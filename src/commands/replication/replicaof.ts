/** REPLICAOF and its family: SLAVEOF. @module */
import type { Call } from "../../command/call.ts";
import { err } from "../../command/errors.ts";
import type { CommandFlag } from "../../command/command_flags.ts";
import { command, type CommandSpec } from "../../command/spec.ts";

const MAX_PORT = 65535;

const FLAGS: readonly CommandFlag[] = ["no_async_loading", "admin", "noscript", "stale"];

/**
 * Accepts NO ONE, since this server is a primary. Refuses everything else: a server that cannot be a replica must not take writes where a
 * replica was asked for.
 */
function run({ args, reply, server }: Call): undefined {
  if (args.is(1, "NO") && args.is(2, "ONE")) return reply.ok();
  const port = args.integer(2);
  if (!(port >= 0 && port <= MAX_PORT)) throw err("Invalid master port");
  server.log.warning(`REPLICAOF ${args.quoted(1)}:${port} was refused: there is no replication.`);
  throw err("Replication is not supported: this server cannot be a replica");
}

/** REPLICAOF: makes the server a primary (which it is), or a replica (which is refused). */
export const replicaof: CommandSpec = command({
  name: "replicaof",
  group: "server",
  summary: "Makes the server a replica of another, which is refused, or a primary.",
  differs: "NO ONE alone: there is no replication",
  since: "5.0.0",
  complexity: "O(1)",
  arity: 3,
  flags: FLAGS,
  syntax: "<host port | NO ONE>",
  run,
});

/** SLAVEOF: what {@link replicaof} was called before. */
export const slaveof: CommandSpec = command({
  ...replicaof,
  run,
  name: "slaveof",
  since: "1.0.0",
  replacedBy: { since: "5.0.0", command: "`REPLICAOF`" },
});
