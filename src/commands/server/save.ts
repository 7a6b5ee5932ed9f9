import { errors, ReplyError } from "../errors.ts";
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
    if (server.isSaving) throw errors.saveInProgress;
    if (server.save() !== undefined) throw new ReplyError("ERR");
    reply.ok();
  },
});

/** BGSAVE: everything to disk, while clients are served. */
export const bgsave: CommandSpec = command({
  name: "bgsave",
  group: "server",
  summary: "Saves all data to the RDB file while clients are served.",
  since: "1.0.0",
  complexity: "O(N) where N is the number of keys in all databases",
  arity: -1,
  flags: ["admin", "noscript", "no_async_loading"],
  syntax: "[SCHEDULE]",
  run({ args, reply, server }) {
    if (args.count > 2 || args.count === 2 && !args.is(1, "SCHEDULE")) throw errors.syntax;
    if (server.isSaving) throw errors.saveInProgress;
    if (server.saveInBackground() !== undefined) throw new ReplyError("ERR");
    reply.simple("Background saving started");
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
