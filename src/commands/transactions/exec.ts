import { err, ReplyError } from "../../command/errors.ts";
import type { Client } from "../../clients/client.ts";
import type { Outcome } from "../../clients/hold.ts";
import type { NestedExecution } from "../../command/call.ts";
import type { ServerContext } from "../../command/context.ts";
import type { Arguments } from "../../resp/arguments.ts";
import { command, type CommandSpec } from "../../command/spec.ts";
import type { ReplyWriter } from "../../resp/reply_writer.ts";

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
    const requests = transaction.requests();
    if (runAll(requests, client, server, execution, reply) === "waits") call.waitForAnswer();
  },
});

/** Runs the queued requests that have not run yet. A paused script puts off those behind it. */
function runAll(
  requests: Generator<Arguments>,
  client: Client,
  server: ServerContext,
  execution: NestedExecution,
  reply: ReplyWriter,
): Outcome {
  const { scripts } = server;
  client.mustNotBlock = true;
  for (;;) {
    // This is no `for ... of` loop, because leaving one would end the generator.
    const next = scripts.isPaused ? undefined : requests.next();
    if (next === undefined || next.done) break;
    execution.runQueued(client, next.value, reply);
  }
  client.mustNotBlock = false;
  if (scripts.isPaused) {
    scripts.whenOver((reply) => runAll(requests, client, server, execution, reply));
    return "waits";
  }
  client.transaction = undefined;
  return "done";
}
