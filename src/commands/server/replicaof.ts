import type { Call } from "../../command/call.ts";
import { err, errors } from "../../command/errors.ts";
import { command, type CommandFlag, type CommandSpec } from "../../command/spec.ts";

const MAX_PORT = 65535;
const FLAGS: readonly CommandFlag[] = ["no_async_loading", "admin", "noscript", "stale"];

/** Being a primary is what this server does; it cannot be a replica, and must not take writes as if it were one. */
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

/** FAILOVER: hands over to a replica. There are none. */
export const failover: CommandSpec = command({
  name: "failover",
  group: "server",
  summary: "Lets a replica become the primary in this server's place.",
  differs: "there is no replication, so no replica to hand over to",
  since: "6.2.0",
  complexity: "O(1)",
  arity: -1,
  flags: ["admin", "noscript", "stale"],
  syntax: "[TO host port [FORCE]] [ABORT] [TIMEOUT milliseconds]",
  run(call) {
    const { args } = call;
    if (args.count === 2 && args.is(1, "ABORT")) throw err("No failover in progress.");
    const given = new Set<string>();
    for (let i = 1; i < args.count; i++) {
      const word = args.text(i).toUpperCase();
      const words = { TIMEOUT: 1, TO: 2, FORCE: 0 }[word];
      if (words === undefined || i + words >= args.count || given.has(word)) throw errors.syntax;
      given.add(word);
      i += words;
      if (words === 0) continue;
      const number = call.integer(i);
      if (word === "TIMEOUT" && number <= 0) {
        throw err("FAILOVER timeout must be greater than 0");
      }
    }
    throw err("FAILOVER requires connected replicas.");
  },
});
