import { err, errors, ReplyError } from "../../command/errors.ts";
import { adminCommand, type CommandSpec } from "../../command/spec.ts";

/** SAVE: saves all data to disk while clients wait. */
export const save: CommandSpec = adminCommand({
  name: "save",
  group: "server",
  summary: "Saves all data to the RDB file; other clients wait meanwhile.",
  since: "1.0.0",
  complexity: "O(N) where N is the number of keys in all databases",
  arity: 1,
  flags: ["admin", "noscript", "no_async_loading", "no_multi"],
  run({ reply, server }) {
    const { persistence } = server;
    if (persistence.isSaving) throw errors.saveInProgress;
    if (persistence.save() !== undefined) throw new ReplyError("ERR");
    reply.ok();
  },
});

/** BGSAVE: saves all data to disk while clients are served. */
export const bgsave: CommandSpec = adminCommand({
  name: "bgsave",
  group: "server",
  summary: "Saves all data to the RDB file while clients are served.",
  since: "1.0.0",
  history: [
    {
      since: "3.2.2",
      change: "`SCHEDULE` waits for a rewrite of the append-only file.",
      options: ["SCHEDULE"],
    },
  ],
  complexity: "O(N) where N is the number of keys in all databases",
  arity: -1,
  flags: ["admin", "noscript", "no_async_loading"],
  syntax: "[SCHEDULE]",
  run(call) {
    const { args, reply, server } = call;
    if (args.count > 2 || args.count === 2 && !args.is(1, "SCHEDULE")) throw errors.syntax;
    const { persistence } = server;
    // The state in the middle of a transaction must not be saved.
    const isInTransaction = !call.mayBlock;
    if (persistence.isSaving) throw errors.saveInProgress;
    if (persistence.isRewriting && args.count === 2 || isInTransaction) {
      persistence.scheduleSave();
      return reply.simple("Background saving scheduled");
    }
    if (persistence.isRewriting) throw anotherInProgress;
    if (persistence.saveInBackground() !== undefined) throw new ReplyError("ERR");
    reply.simple("Background saving started");
  },
});

const anotherInProgress = err(
  "Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order " +
    "to schedule a BGSAVE whenever possible.",
);
