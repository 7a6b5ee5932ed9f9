import { Transaction } from "../../clients/transaction.ts";
import type { Client } from "../../clients/client.ts";
import type { ServerContext } from "../../command/context.ts";
import { err, ReplyError } from "../../command/errors.ts";
import { command, type CommandSpec, keyRange } from "../../command/spec.ts";

const broken = new ReplyError("EXECABORT Transaction discarded because of previous errors.");

const base = {
  group: "transactions",
  complexity: "O(1)",
  arity: 1,
  flags: ["noscript", "loading", "stale", "fast", "allow_busy"],
  isNeverQueued: true,
} as const;

/** MULTI: begins a transaction. */
export const multi: CommandSpec = command({
  ...base,
  name: "multi",
  summary: "Begins a transaction: the requests that follow are queued until EXEC.",
  since: "1.2.0",
  run({ client, reply }) {
    if (client.transaction !== undefined) throw err("MULTI calls can not be nested");
    client.transaction = new Transaction();
    reply.ok();
  },
});

/** Ends a client's transaction, and what it watches. */
export function discardTransaction(server: ServerContext, client: Client): void {
  client.transaction = undefined;
  server.watched.unwatch(client);
}

/** EXEC: runs a transaction. */
export const exec: CommandSpec = command({
  ...base,
  name: "exec",
  summary: "Runs all requests queued since MULTI, without any other in between.",
  since: "1.2.0",
  complexity: "Depends on the requests.",
  flags: ["noscript", "loading", "stale", "skip_slowlog"],
  run(call) {
    const { client, execution, reply, server } = call;
    const { transaction } = client;
    if (transaction === undefined) throw err("EXEC without MULTI");
    const hasChanged = server.watched.haveChanged(client);
    server.watched.unwatch(client);
    if (transaction.isBroken || hasChanged) client.transaction = undefined;
    if (transaction.isBroken) throw broken;
    if (hasChanged) return reply.nullArray();
    reply.array(transaction.queue.length);
    client.mustNotBlock = true;
    for (const { args } of transaction.queue) execution.runQueued(client, args, reply);
    client.mustNotBlock = false;
    client.transaction = undefined;
  },
});

/** DISCARD: forgets a transaction. */
export const discard: CommandSpec = command({
  ...base,
  name: "discard",
  summary: "Forgets all requests queued since MULTI.",
  since: "2.0.0",
  complexity: "O(N) where N is the number of queued requests",
  run({ client, reply, server }) {
    if (client.transaction === undefined) throw err("DISCARD without MULTI");
    discardTransaction(server, client);
    reply.ok();
  },
});

/** WATCH: makes a transaction depend on keys. */
export const watch: CommandSpec = command({
  ...base,
  name: "watch",
  summary: "Lets the next transaction do nothing if one of these keys changes before it.",
  since: "2.2.0",
  complexity: "O(1) for each key",
  arity: -2,
  keys: [keyRange("RO", 1, -1, 1)],
  syntax: "key [key ...]",
  run(call) {
    const { args, client, db, reply, server } = call;
    if (client.transaction !== undefined) throw err("WATCH inside MULTI is not allowed");
    for (let i = 1; i < args.count; i++) {
      server.watched.watch(client, db, args.text(i));
    }
    reply.ok();
  },
});

/** UNWATCH: forgets what WATCH was told. */
export const unwatch: CommandSpec = command({
  ...base,
  name: "unwatch",
  isNeverQueued: false,
  summary: "Makes the next transaction depend on no key.",
  since: "2.2.0",
  run({ client, reply, server }) {
    server.watched.unwatch(client);
    reply.ok();
  },
});
