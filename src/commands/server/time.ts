import { adminCommand, type CommandSpec } from "../../command/spec.ts";

/** TIME: replies with the server's time. */
export const time: CommandSpec = adminCommand({
  name: "time",
  group: "server",
  summary: "Replies with the server's time: seconds since 1970, and microseconds.",
  since: "2.6.0",
  complexity: "O(1)",
  arity: 1,
  flags: ["loading", "stale", "fast"],
  tips: ["nondeterministic_output"],
  run({ client, nowMs, reply, server }) {
    // Within a script or a transaction time stands still.
    const isWithin = client.mustNotBlock;
    const microseconds = isWithin ? nowMs * 1000 : server.clock.nowMicroseconds();
    reply.array(2);
    reply.bulkText(String(Math.floor(microseconds / 1e6)));
    reply.bulkText(String(microseconds % 1e6));
  },
});
