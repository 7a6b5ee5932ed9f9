import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { dumpValue } from "../../rdb/dump_payload.ts";

/** DUMP: serializes a value. */
export const dump: CommandSpec = command({
  name: "dump",
  group: "generic",
  summary: "Replies with the value of a key in a form that RESTORE takes.",
  since: "2.6.0",
  complexity: "O(N) where N is the size of the value",
  arity: 2,
  flags: ["readonly"],
  keys: oneKey("RO access"),
  tips: ["nondeterministic_output"],
  syntax: "key",
  run(call) {
    const { config, keyspace } = call.server;
    const entry = call.lookupForRead(1);
    if (entry === 0) return call.reply.null();
    call.reply.bulkBytes(dumpValue(keyspace, entry, config.flag("rdbcompression")));
  },
});
