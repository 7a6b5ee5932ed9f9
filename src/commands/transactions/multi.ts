import { Transaction } from "../../clients/transaction.ts";
import { err } from "../../command/errors.ts";
import { command, type CommandSpec } from "../../command/spec.ts";

/** MULTI: begins a transaction. */
export const multi: CommandSpec = command({
  name: "multi",
  group: "transactions",
  summary: "Begins a transaction: the requests that follow are queued until EXEC.",
  since: "1.2.0",
  complexity: "O(1)",
  arity: 1,
  flags: ["noscript", "loading", "stale", "fast", "allow_busy", "never_queued"],
  run({ client, reply }) {
    if (client.transaction !== undefined) throw err("MULTI calls can not be nested");
    client.transaction = new Transaction();
    reply.ok();
  },
});
