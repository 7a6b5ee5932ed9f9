import { command, type CommandSpec } from "../../command/spec.ts";

/** QUIT: replies OK and closes the connection. */
export const quit: CommandSpec = command({
  name: "quit",
  group: "connection",
  summary: "Closes the connection, once all replies are sent.",
  since: "1.0.0",
  complexity: "O(1)",
  arity: -1,
  flags: [
    "allow_busy",
    "noscript",
    "loading",
    "stale",
    "fast",
    "no_auth",
    "never_queued",
    "for_subscribers",
  ],
  replacedBy: { since: "7.2.0", command: "just closing the connection" },
  run({ client, reply }) {
    reply.ok();
    client.closesAfterReply = true;
  },
});
