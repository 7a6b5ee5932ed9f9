import { command, type CommandSpec } from "../../command/spec.ts";

/** ECHO: replies with its argument. */
export const echo: CommandSpec = command({
  name: "echo",
  group: "connection",
  summary: "Replies with its argument.",
  since: "1.0.0",
  complexity: "O(1)",
  arity: 2,
  flags: ["loading", "stale", "fast"],
  syntax: "message",
  run({ args, reply }) {
    reply.bulk(args.bytes, args.starts[1], args.lengths[1]);
  },
});
