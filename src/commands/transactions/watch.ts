import { err } from "../../command/errors.ts";
import { command, type CommandSpec, keyRange } from "../../command/spec.ts";

/** WATCH: makes the next transaction depend on keys. */
export const watch: CommandSpec = command({
  name: "watch",
  group: "transactions",
  summary: "Lets the next transaction do nothing if one of these keys changes before it.",
  since: "2.2.0",
  complexity: "O(1) for each key",
  arity: -2,
  flags: ["noscript", "loading", "stale", "fast", "allow_busy", "never_queued"],
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

/** UNWATCH: ends the watching of all keys. */
export const unwatch: CommandSpec = command({
  name: "unwatch",
  group: "transactions",
  summary: "Makes the next transaction depend on no key.",
  since: "2.2.0",
  complexity: "O(1)",
  arity: 1,
  flags: ["noscript", "loading", "stale", "fast", "allow_busy"],
  run({ client, reply, server }) {
    server.watched.unwatch(client);
    reply.ok();
  },
});
