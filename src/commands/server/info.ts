import { errors } from "../../command/errors.ts";
import { adminCommand, type CommandSpec } from "../../command/spec.ts";

/** INFO: figures about the server. */
export const info: CommandSpec = adminCommand({
  name: "info",
  group: "server",
  summary: "Shows figures about the server, section by section.",
  differs: "memory is the arena's; figures of fork, scripts and replicas are 0",
  since: "1.0.0",
  complexity: "O(1)",
  arity: -1,
  flags: ["loading", "stale"],
  categories: ["dangerous"],
  tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
  syntax: "[section [section ...]]",
  run({ args, reply, server }) {
    const sections = Array.from(
      { length: args.count - 1 },
      (_, i) => args.text(i + 1).toLowerCase(),
    );
    reply.verbatim(server.control.info(sections), "txt");
  },
});

/** TIME: the server's clock. */
export const time: CommandSpec = adminCommand({
  name: "time",
  group: "server",
  summary: "Replies with the server's time: seconds since 1970, and microseconds.",
  since: "2.6.0",
  complexity: "O(1)",
  arity: 1,
  flags: ["loading", "stale", "fast"],
  tips: ["nondeterministic_output"],
  run({ reply, server }) {
    const microseconds = server.clock.nowMicroseconds();
    reply.array(2);
    reply.bulkText(String(Math.floor(microseconds / 1e6)));
    reply.bulkText(String(microseconds % 1e6));
  },
});

/** SHUTDOWN: stops the server. */
export const shutdown: CommandSpec = adminCommand({
  name: "shutdown",
  group: "server",
  summary: "Stops the server.",
  since: "1.0.0",
  complexity: "O(N) where N is the number of keys to save",
  arity: -1,
  flags: ["admin", "noscript", "loading", "stale", "no_multi", "allow_busy"],
  syntax: "[NOSAVE | SAVE] [NOW] [FORCE] [ABORT]",
  run({ args, client, reply, server }) {
    const given = new Set<string>();
    for (let i = 1; i < args.count; i++) given.add(args.text(i).toUpperCase());
    const isKnown = [...given].every((word) =>
      ["NOSAVE", "SAVE", "NOW", "FORCE", "ABORT"].includes(word)
    );
    const conflicts = given.has("SAVE") && given.has("NOSAVE") ||
      given.has("ABORT") && given.size > 1;
    if (!isKnown || conflicts) throw errors.syntax;
    if (given.has("ABORT")) {
      if (!server.control.abortShutdown()) throw errors.noShutdown;
      return reply.ok();
    }
    const problem = server.control.shutdown({
      save: given.has("SAVE") ? true : given.has("NOSAVE") ? false : undefined,
      now: given.has("NOW"),
      force: given.has("FORCE"),
    });
    if (problem !== undefined) throw errors.shutdownFailed;
    // There is no reply to a shutdown that succeeds: the connection ends.
    client.closesAfterReply = true;
  },
});
