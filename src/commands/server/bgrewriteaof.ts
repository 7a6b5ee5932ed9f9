import { err } from "../../command/errors.ts";
import { adminCommand, type CommandSpec } from "../../command/spec.ts";

/** BGREWRITEAOF: writes a new base for the append-only file. */
export const bgrewriteaof: CommandSpec = adminCommand({
  name: "bgrewriteaof",
  group: "server",
  summary: "Rewrites the append-only file to what it takes to make the present data.",
  since: "1.0.0",
  complexity: "O(N) where N is the number of keys in all databases",
  arity: 1,
  flags: ["admin", "noscript", "no_async_loading"],
  run(call) {
    const { reply, server: { persistence } } = call;
    const isInTransaction = !call.mayBlock;
    if (persistence.isRewriting) {
      throw err("Background append only file rewriting already in progress");
    }
    if (persistence.isSaving || isInTransaction) {
      persistence.scheduleRewrite();
      return reply.simple("Background append only file rewriting scheduled");
    }
    if (persistence.rewriteInBackground() !== undefined) {
      throw err(
        "Can't execute an AOF background rewriting. Please check the server logs for more information.",
      );
    }
    reply.simple("Background append only file rewriting started");
  },
});
