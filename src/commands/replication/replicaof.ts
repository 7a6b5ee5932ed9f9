/** REPLICAOF and its family: SLAVEOF. @module */
import type { AdminCall } from "../../command/call.ts";
import { err } from "../../command/errors.ts";
import type { CommandFlag } from "../../command/command_flags.ts";
import type { AdminContext } from "../../command/context.ts";
import { adminCommand, type CommandSpec } from "../../command/spec.ts";
import { mustBeAlone } from "../shared/cluster_limits.ts";

const MAX_PORT = 65535;

const FLAGS: readonly CommandFlag[] = ["no_async_loading", "admin", "noscript", "stale"];

/** Whether the server is a replica of this primary already. */
function isFollowed(server: AdminContext, host: string, port: number): boolean {
  const address = server.following.link?.address;
  return address !== undefined && address.port === port &&
    address.host.toLowerCase() === host.toLowerCase();
}

function run(call: AdminCall): undefined {
  const { args, client, reply, server } = call;
  mustBeAlone(call, "REPLICAOF not allowed in cluster mode.");
  const { clock, following, log } = server;
  const user = `(user request from '${client.describe(clock.now())}')`;
  if (server.failover.state !== "no-failover") {
    throw err("REPLICAOF not allowed while failing over.");
  }
  if (args.is(1, "NO") && args.is(2, "ONE")) {
    if (following.link !== undefined) {
      following.unfollow();
      log.notice(`MASTER MODE enabled ${user}`);
    }
    return reply.ok();
  }
  if (client.isReplica) throw err("Command is not valid when client is a replica.");
  const port = args.integer(2);
  if (!(port >= 0 && port <= MAX_PORT)) throw err("Invalid master port");
  const host = args.text(1);
  if (isFollowed(server, host, port)) {
    log.notice(
      "REPLICAOF would result into synchronization with the master we are already connected with. " +
        "No operation performed.",
    );
    return reply.simple("OK Already connected to specified master");
  }
  following.follow({ host, port });
  log.notice(`REPLICAOF ${args.quoted(1)}:${port} enabled ${user}`);
  reply.ok();
}

/** REPLICAOF: makes the server a replica, or a primary. */
export const replicaof: CommandSpec = adminCommand({
  name: "replicaof",
  group: "server",
  summary: "Makes the server a replica of another, or a primary.",
  since: "5.0.0",
  complexity: "O(1)",
  arity: 3,
  flags: FLAGS,
  syntax: "<host port | NO ONE>",
  run,
});

/** SLAVEOF: what {@link replicaof} was called before. */
export const slaveof: CommandSpec = adminCommand({
  ...replicaof,
  run,
  name: "slaveof",
  since: "1.0.0",
  replacedBy: { since: "5.0.0", command: "`REPLICAOF`" },
});
