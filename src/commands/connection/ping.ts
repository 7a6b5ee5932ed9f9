import { command, type CommandSpec } from "../../command/spec.ts";

/** PING: replies, so that one knows the server is there. */
export const ping: CommandSpec = command({
  name: "ping",
  group: "connection",
  summary: "Replies with PONG, or with its argument.",
  since: "1.0.0",
  complexity: "O(1)",
  arity: -1,
  flags: ["fast", "for_subscribers"],
  tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
  syntax: "[message]",
  run(call) {
    const { args, client, reply } = call;
    if (args.count > 2) throw call.wrongArity();
    if (client.isSubscriber && client.resp === 2) {
      // A client that is subscribed expects nothing but messages, so the reply has the form of a message.
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
