import type { Call } from "../../command/call.ts";
import { command, type CommandSpec, keyRange } from "../../command/spec.ts";
import { NO_TTL } from "../../keyspace/database.ts";

/** MSET: stores several strings. */
export const mset: CommandSpec = command({
  name: "mset",
  group: "string",
  summary: "Stores several strings, each under its key, all at once.",
  since: "1.0.1",
  complexity: "O(N) where N is the number of keys",
  arity: -3,
  flags: ["write", "denyoom"],
  keys: [keyRange("OW update", 1, -1, 2)],
  tips: ["request_policy:multi_shard", "response_policy:all_succeeded"],
  syntax: "<key value> [<key value> ...]",
  run(call) {
    if (call.args.count % 2 === 0) throw call.wrongArity();
    setAll(call);
    call.reply.ok();
  },
});

/** MSETNX: stores several strings only if none of the keys exists. */
export const msetnx: CommandSpec = command({
  name: "msetnx",
  group: "string",
  summary: "Stores several strings, each under its key, only if no key exists yet.",
  since: "1.0.1",
  complexity: "O(N) where N is the number of keys",
  arity: -3,
  flags: ["write", "denyoom"],
  keys: [keyRange("OW insert", 1, -1, 2)],
  syntax: "<key value> [<key value> ...]",
  run(call) {
    const { args, reply } = call;
    if (args.count % 2 === 0) throw call.wrongArity();
    for (let i = 1; i < args.count; i += 2) {
      if (call.lookupForWrite(i) !== 0) return reply.integer(0);
    }
    setAll(call);
    reply.integer(1);
  },
});

function setAll(call: Call): void {
  for (let i = 1; i < call.args.count; i += 2) {
    call.setString(i, i + 1, NO_TTL);
    call.keyChanged(i, "string", "set");
  }
}
