import { command, type CommandSpec } from "../../command/spec.ts";

/** PING: replies, so that one knows the server is there. */
export const ping: CommandSpec = command({
  name: "ping",
  group: "connection",
  summary: "Replies with PONG, or with its argument.",
  since: "1.0.0",
  complexity: "O(1)",
  arity: -1,
  flags: ["fast"],
  tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
  syntax: "[message]",
  run(call) {
    const { args, client, reply } = call;
    if (args.count > 2) throw call.wrongArity();
    if (client.isSubscriber && client.resp === 2) {
      // In the form of a message, for clients that expect nothing else.
      reply.array(2);
      reply.bulkText("pong");
      if (args.count === 1) reply.bulkText("");
      else reply.bulk(args.bytes, args.starts[1], args.lengths[1]);
      return;
    }
    if (args.count === 1) reply.simple("PONG");
    else reply.bulk(args.bytes, args.starts[1], args.lengths[1]);
  },
});

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

/** QUIT: replies OK and closes the connection. */
export const quit: CommandSpec = command({
  name: "quit",
  group: "connection",
  summary: "Closes the connection, once all replies are sent.",
  since: "1.0.0",
  complexity: "O(1)",
  arity: -1,
  flags: ["allow_busy", "noscript", "loading", "stale", "fast", "no_auth"],
  replacedBy: { since: "7.2.0", command: "closing the connection" },
  isNeverQueued: true,
  run({ client, reply }) {
    reply.ok();
    client.closesAfterReply = true;
  },
});

/** SELECT: changes the client's database. */
export const select: CommandSpec = command({
  name: "select",
  group: "connection",
  summary: "Chooses the database that the client's commands work on.",
  since: "1.0.0",
  complexity: "O(1)",
  arity: 2,
  flags: ["loading", "stale", "fast"],
  syntax: "index",
  run(call) {
    call.client.db = call.database(1);
    call.reply.ok();
  },
});
