import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { NO_TTL } from "../../keyspace/database.ts";

/** SETNX: stores a string only under a key that does not exist. */
export const setnx: CommandSpec = command({
  name: "setnx",
  group: "string",
  summary: "Stores a string under a key only if the key does not exist.",
  since: "1.0.0",
  complexity: "O(1)",
  arity: 3,
  flags: ["write", "denyoom", "fast"],
  keys: oneKey("OW insert"),
  syntax: "key value",
  replacedBy: { since: "2.6.12", command: "`SET` with the `NX` argument" },
  run(call) {
    const exists = call.lookupForWrite(1) !== 0;
    if (!exists) {
      call.setString(1, 2, NO_TTL);
      call.keyChanged(1, "string", "set");
    }
    call.reply.integer(exists ? 0 : 1);
  },
});
