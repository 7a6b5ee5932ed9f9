import type { AdminCall } from "../../command/call.ts";
import type { CommandFlag } from "../../command/command_flags.ts";
import { err, errors, ReplyError } from "../../command/errors.ts";
import type { SyncRequest } from "../../command/replication_control.ts";
import { adminCommand, type CommandSpec } from "../../command/spec.ts";

const FLAGS: readonly CommandFlag[] = ["no_async_loading", "admin", "no_multi", "noscript"];

const noPrimary = new ReplyError(
  "NOMASTERLINK Can't SYNC while not connected with my master",
);
const failingOver = new ReplyError("NOMASTERLINK Can't SYNC while failing over");
const takeover = {
  fromReplica: err("PSYNC FAILOVER can't be sent to a master."),
  otherHistory: err("PSYNC FAILOVER replid must match my replid."),
};

/** Makes this server, a replica so far, a primary, because its own primary asks for that and is about to follow it. */
function takeOver({ args, client, server }: AdminCall): void {
  const { clock, following, log, replication } = server;
  log.notice(`Failover request received for replid ${args.text(1)}.`);
  if (following.link === undefined) throw takeover.fromReplica;
  if (args.text(1).toLowerCase() !== replication.history.id) throw takeover.otherHistory;
  following.unfollow();
  log.notice(
    `MASTER MODE enabled (failover request from '${client.describe(clock.now())}')`,
  );
}

/** Makes the client a replica, if the server can serve one now. What it gets is no reply, so nothing may be written before it. */
function follow({ client, reply, server }: AdminCall, read: () => SyncRequest): undefined {
  if (client.isReplica || client.isMonitor) return;
  if (server.failover.state !== "no-failover") throw failingOver;
  const { link } = server.following;
  if (link !== undefined && link.state !== "connected") throw noPrimary;
  if (reply.length > 0) throw err("SYNC and PSYNC are invalid with pending output");
  const { takesEndMark, withoutData, withoutFunctions } = client.replica ?? {};
  if ((withoutData || withoutFunctions) && !takesEndMark) {
    throw err("Filtered replica requires EOF capability");
  }
  server.log.notice(`Replica ${server.replication.nameOf(client)} asks for synchronization`);
  server.replication.accept(client, read());
}

/** SYNC: asks for a snapshot and the stream of changes behind it, without telling of the history. */
export const sync: CommandSpec = adminCommand({
  name: "sync",
  group: "server",
  summary: "Sends all data, and then every change, to a client that knows no histories.",
  since: "1.0.0",
  complexity: "O(N) with N keys",
  arity: 1,
  flags: FLAGS,
  run: (call) => follow(call, () => ({ id: undefined, offset: -1 })),
});

/** PSYNC: asks for what the client lacks of a history. */
export const psync: CommandSpec = adminCommand({
  name: "psync",
  group: "server",
  summary:
    "Sends what a replica lacks of the history of changes, or all data, and then every change.",
  since: "2.8.0",
  complexity: "O(N) with N keys, or O(1) if the replica lacks only changes",
  arity: -3,
  flags: FLAGS,
  syntax: "replicationid offset",
  run(call) {
    const { args, client, server } = call;
    if (!client.isReplica && args.count > 3 && args.is(3, "FAILOVER")) takeOver(call);
    follow(call, () => {
      const offset = args.integer(2);
      if (!Number.isNaN(offset)) return { id: args.text(1), offset };
      server.log.warning(
        `Replica ${
          server.replication.nameOf(client)
        } asks for synchronization but with a wrong offset`,
      );
      throw errors.notInteger;
    });
  },
});
