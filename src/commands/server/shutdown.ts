import { errors } from "../../command/errors.ts";
import { adminCommand, type CommandSpec } from "../../command/spec.ts";

const OPTIONS = ["NOSAVE", "SAVE", "NOW", "FORCE", "ABORT"] as const;

/** SHUTDOWN: stops the server. */
export const shutdown: CommandSpec = adminCommand({
  name: "shutdown",
  group: "server",
  summary: "Stops the server.",
  since: "1.0.0",
  history: [
    {
      since: "7.0.0",
      change: "`NOW`, `FORCE` and `ABORT` are options.",
      options: ["NOW", "FORCE", "ABORT"],
    },
  ],
  complexity: "O(N) where N is the number of keys to save",
  arity: -1,
  flags: ["admin", "noscript", "loading", "stale", "no_multi", "allow_busy"],
  syntax: "[NOSAVE | SAVE] [NOW] [FORCE] [ABORT]",
  run(call) {
    const { args, client, reply, server } = call;
    const given = new Set<string | undefined>();
    for (let i = 1; i < args.count; i++) given.add(OPTIONS.find((word) => args.is(i, word)));
    const conflicts = given.has("SAVE") && given.has("NOSAVE") ||
      given.has("ABORT") && given.size > 1;
    if (given.has(undefined) || conflicts) throw errors.syntax;
    if (given.has("ABORT")) {
      if (!server.control.abortShutdown()) throw errors.noShutdown;
      return reply.ok();
    }
    // The changes of an unfinished script must not be saved.
    const { busyError } = server.scripts;
    if (busyError !== undefined && !given.has("NOSAVE")) throw busyError;
    const request = {
      save: given.has("SAVE") ? true : given.has("NOSAVE") ? false : undefined,
      now: given.has("NOW"),
      force: given.has("FORCE"),
    };
    const outcome = server.control.shutdown(request, client);
    if (outcome === "failed") throw errors.shutdownFailed;
    if (outcome === "waits") return call.waitForAnswer();
    // A shutdown that succeeds has no reply; the connection is closed.
    client.closesAfterReply = true;
  },
});
