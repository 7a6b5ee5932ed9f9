import { command, type CommandSpec } from "../../command/spec.ts";
import { replyKey } from "./found_key.ts";

const RANDOM_TRIES = 100;

/** RANDOMKEY: any key. */
export const randomkey: CommandSpec = command({
  name: "randomkey",
  group: "generic",
  summary: "Replies with a key chosen at random, each equally likely.",
  since: "1.0.0",
  complexity: "O(1)",
  arity: 1,
  flags: ["readonly"],
  tips: ["request_policy:all_shards", "response_policy:special", "nondeterministic_output"],
  run(call) {
    const { db, reply, server } = call;
    for (let i = 0; i < RANDOM_TRIES; i++) {
      const entry = db.random(server.random);
      if (entry === 0) break;
      if (!db.isExpired(entry)) return replyKey(call, entry);
      db.expire(entry);
    }
    reply.null();
  },
});
