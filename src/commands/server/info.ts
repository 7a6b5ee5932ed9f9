import { adminCommand, type CommandSpec } from "../../command/spec.ts";

/** INFO: replies with figures about the server. */
export const info: CommandSpec = adminCommand({
  name: "info",
  group: "server",
  summary: "Shows figures about the server, section by section.",
  differs: "memory is the arena's; figures of fork, scripts and replicas are 0",
  since: "1.0.0",
  history: [
    { since: "7.0.0", change: "Takes several sections." },
  ],
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
