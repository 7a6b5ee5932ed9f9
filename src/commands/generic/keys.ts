import { command, type CommandSpec } from "../../command/spec.ts";
import { matchesAll } from "../../lib/glob.ts";
import { keyMatches, replyKey } from "./found_key.ts";

/** KEYS: all keys that match a pattern. */
export const keys: CommandSpec = command({
  name: "keys",
  group: "generic",
  summary: "Lists all keys that match a pattern. Holds up every client meanwhile: SCAN does not.",
  since: "1.0.0",
  complexity: "O(N) where N is the number of keys in the database",
  arity: 2,
  flags: ["readonly"],
  categories: ["dangerous"],
  tips: ["request_policy:all_shards", "nondeterministic_output_order"],
  syntax: "pattern",
  run(call) {
    const { args, db, reply } = call;
    const pattern = args.copy(1);
    const takesAll = matchesAll(pattern);
    const begin = reply.beginArray();
    let count = 0;
    db.scan(0, Infinity, (entry) => {
      if (db.isExpired(entry) || !takesAll && !keyMatches(call, entry, pattern)) return;
      replyKey(call, entry);
      count++;
    });
    reply.endArray(begin, count);
  },
});
