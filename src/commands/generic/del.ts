/** DEL and its family: UNLINK. @module */
import type { Call } from "../../command/call.ts";
import { command, type CommandSpec, keyRange } from "../../command/spec.ts";

function deleteAll(call: Call, later: boolean): undefined {
  let deleted = 0;
  for (let i = 1; i < call.args.count; i++) {
    const entry = call.lookupQuietly(i);
    if (entry === 0) continue;
    call.db.delete(entry, later);
    call.keyChanged(i, "generic", "del");
    deleted++;
  }
  call.reply.integer(deleted);
}

const base = {
  group: "generic",
  arity: -2,
  keys: [keyRange("RM delete", 1, -1, 1)],
  tips: ["request_policy:multi_shard", "response_policy:agg_sum"],
  syntax: "key [key ...]",
} as const;

/** DEL: deletes keys. */
export const del: CommandSpec = command({
  ...base,
  name: "del",
  summary: "Deletes keys.",
  since: "1.0.0",
  complexity: "O(N) where N is the number of keys and of the elements they hold",
  flags: ["write"],
  run: (call) => deleteAll(call, call.server.config.flag("lazyfree-lazy-user-del")),
});

/** UNLINK: deletes keys, and frees large values later. */
export const unlink: CommandSpec = command({
  ...base,
  name: "unlink",
  summary: "Deletes keys; the memory of large values is freed later.",
  since: "4.0.0",
  complexity: "O(1) for each key",
  flags: ["write", "fast"],
  run: (call) => deleteAll(call, true),
});
