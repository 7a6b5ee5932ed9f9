import { ReplyError } from "../errors.ts";
import { command, type CommandSpec } from "../spec.ts";

/** SAVE: everything to disk. */
export const save: CommandSpec = command({
  name: "save",
  group: "server",
  summary: "Saves all data to the RDB file; other clients wait meanwhile.",
  since: "1.0.0",
  complexity: "O(N) where N is the number of keys in all databases",
  arity: 1,
  flags: ["admin", "noscript", "no_async_loading", "no_multi"],
  run({ reply, server }) {
    if (server.save() !== undefined) throw new ReplyError("ERR");
    reply.ok();
  },
});

/** LASTSAVE: when data was saved. */
export const lastsave: CommandSpec = command({
  name: "lastsave",
  group: "server",
  summary: "Replies with the time of the last save, in seconds since 1970.",
  since: "1.0.0",
  complexity: "O(1)",
  arity: 1,
  flags: ["loading", "stale", "fast"],
  categories: ["admin", "dangerous"],
  tips: ["nondeterministic_output"],
  run({ reply, server }) {
    reply.integer(Math.floor(server.lastSaveMs / 1000));
  },
});
