/** EXISTS and its family: TOUCH. @module */
import type { Call } from "../../command/call.ts";
import { command, type CommandSpec, keyRange } from "../../command/spec.ts";

function count(call: Call, isFound: (i: number) => boolean): undefined {
  let found = 0;
  for (let i = 1; i < call.args.count; i++) if (isFound(i)) found++;
  call.reply.integer(found);
}

const counting = {
  group: "generic",
  complexity: "O(N) where N is the number of keys",
  arity: -2,
  flags: ["readonly", "fast"],
  keys: [keyRange("RO", 1, -1, 1)],
  tips: ["request_policy:multi_shard", "response_policy:agg_sum"],
  syntax: "key [key ...]",
} as const;

/** EXISTS: counts the keys that exist. */
export const exists: CommandSpec = command({
  ...counting,
  name: "exists",
  summary: "Counts how many of the given keys exist.",
  since: "1.0.0",
  history: [
    { since: "3.0.3", change: "Takes several keys.", arityBefore: 2 },
  ],
  run: (call) => count(call, (i) => call.lookupUntouched(i) !== 0),
});

/** TOUCH: marks keys as accessed. */
export const touch: CommandSpec = command({
  ...counting,
  name: "touch",
  summary: "Marks keys as accessed now, and counts those that exist.",
  since: "3.2.1",
  // TOUCH marks keys even for a client with NO-TOUCH, since that is its purpose.
  run(call) {
    const { bytes, starts, lengths } = call.args;
    return count(call, (i) => call.db.lookupForRead(bytes, starts[i], lengths[i], true) !== 0);
  },
});
