import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { NO_TTL } from "../../keyspace/database.ts";

/** PERSIST: takes a key's TTL away. */
export const persist: CommandSpec = command({
  name: "persist",
  group: "generic",
  summary: "Takes a key's TTL away, so that it does not expire.",
  since: "2.2.0",
  complexity: "O(1)",
  arity: 2,
  flags: ["write", "fast"],
  keys: oneKey("RW update"),
  syntax: "key",
  run(call) {
    const entry = call.lookupForWrite(1);
    const hasTtl = entry !== 0 && call.keyspace.entries.hasTtl(entry);
    if (hasTtl) {
      call.db.setDeadline(entry, NO_TTL);
      call.keyChanged(1, "generic", "persist");
    }
    call.reply.integer(hasTtl ? 1 : 0);
  },
});
