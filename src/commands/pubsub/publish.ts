import { command, type CommandSpec, keyRange } from "../../command/spec.ts";

const base = {
  group: "pubsub",
  flags: ["pubsub", "loading", "stale", "fast", "may_replicate"],
} as const;

/** PUBLISH: sends a message to a channel. */
export const publish: CommandSpec = command({
  ...base,
  name: "publish",
  summary: "Sends a message to all who listen to a channel; replies with how many they are.",
  since: "2.0.0",
  complexity: "O(N+M) where N is the number of subscribers and M that of all patterns",
  arity: 3,
  channels: "first",
  syntax: "channel message",
  run(call) {
    const { args, reply, server } = call;
    reply.integer(server.pubsub.publish(args.text(1), args.copy(2)));
    call.propagateToReplicas();
  },
});

/** SPUBLISH: sends a message to a shard channel. */
export const spublish: CommandSpec = command({
  ...base,
  name: "spublish",
  summary: "Sends a message to all who listen to a shard channel; replies with how many they are.",
  since: "7.0.0",
  complexity: "O(N) where N is the number of subscribers",
  arity: 3,
  keys: [keyRange("not_key", 1, 0, 1)],
  channels: "first",
  syntax: "shardchannel message",
  run(call) {
    const { args, reply, server } = call;
    reply.integer(server.pubsub.publishToShard(args.text(1), args.copy(2)));
    call.propagateToReplicas();
  },
});
