import { err, ReplyError } from "../../command/errors.ts";
import { command, type CommandSpec } from "../../command/spec.ts";

const broken = new ReplyError("EXECABORT Transaction discarded because of previous errors.");

/** EXEC: runs a transaction. */
export const exec: CommandSpec = command({
  name: "exec",
  group: "transactions",
  summary: "Runs all requests queued since MULTI, without any other in between.",
  since: "1.2.0",
  complexity: "Depends on the requests.",
  arity: 1,
  flags: ["noscript", "loading", "stale", "skip_slowlog", "never_queued"],
  run(call) {
    const { client, execution, reply, server } = call;
    const { transaction } = client;
    if (transaction === undefined) throw err("EXEC without MULTI");
    const hasChanged = server.watched.haveChanged(client);
    server.watched.unwatch(client);
    if (transaction.isBroken || hasChanged) client.transaction = undefined;
    if (transaction.isBroken) throw broken;
    if (hasChanged) return reply.nullArray();
    reply.array(transaction.count);
    client.mustNotBlock = true;
    transaction.forEach((args) => execution.runQueued(client, args, reply));
    client.mustNotBlock = false;
    client.transaction = undefined;
  },
});
