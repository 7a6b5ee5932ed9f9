import { err, errors } from "../../command/errors.ts";
import { command, type CommandSpec } from "../../command/spec.ts";

/** FAILOVER: refused, because there is no replica to hand over to. */
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
