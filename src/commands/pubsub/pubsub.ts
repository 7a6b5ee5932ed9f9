import type { SubscriptionKind } from "../../clients/subscriptions.ts";
import type { Call } from "../../command/call.ts";
import { helpCommand, subcommandSyntax } from "../../command/help.ts";
import { command, type CommandSpec } from "../../command/spec.ts";
import { fromLatin1 } from "../../lib/bytes.ts";
import { matchesGlob } from "../../lib/glob.ts";

const inquiry = {
  group: "pubsub",
  flags: ["pubsub", "loading", "stale"],
  isOutsideGroup: true,
} as const;

function channelsCommand(kind: SubscriptionKind, name: string, since: string): CommandSpec {
  return command({
    ...inquiry,
    name,
    summary: `Lists the ${kind}s that somebody listens to${
      kind === "shard" ? " in a shard" : ""
    }, or those that match.`,
    since,
    complexity: "O(N) where N is the number of channels",
    arity: -2,
    syntax: "[pattern]",
    run(call) {
      const { args, reply, server } = call;
      if (args.count > 3) throw subcommandSyntax(call);
      const pattern = args.count === 3 ? args.copy(2) : undefined;
      const names = [...server.pubsub.names(kind)].filter((channel) =>
        pattern === undefined || matchesGlob(pattern, fromLatin1(channel))
      );
      reply.array(names.length);
      for (const channel of names) reply.bulkText(channel);
    },
  });
}

function countCommand(kind: SubscriptionKind, name: string, since: string): CommandSpec {
  return command({
    ...inquiry,
    name,
    summary: `Tells how many clients listen to each of these ${kind}s.`,
    since,
    complexity: "O(N) where N is the number of channels",
    arity: -2,
    syntax: "[channel [channel ...]]",
    run: (call) => replyCounts(call, kind),
  });
}

function replyCounts({ args, reply, server }: Call, kind: SubscriptionKind): undefined {
  reply.array((args.count - 2) * 2);
  for (let i = 2; i < args.count; i++) {
    const channel = args.text(i);
    reply.bulkText(channel);
    reply.integer(server.pubsub.subscriberCount(kind, channel));
  }
}

const numpat = command({
  ...inquiry,
  name: "numpat",
  summary: "Tells how many patterns somebody listens to.",
  since: "2.8.0",
  complexity: "O(1)",
  arity: 2,
  run: ({ reply, server }) => reply.integer(server.pubsub.count("pattern")),
});

const subcommands = [
  channelsCommand("channel", "channels", "2.8.0"),
  numpat,
  countCommand("channel", "numsub", "2.8.0"),
  channelsCommand("shard", "shardchannels", "7.0.0"),
  countCommand("shard", "shardnumsub", "7.0.0"),
];

/** PUBSUB: inspects subscriptions. */
export const pubsub: CommandSpec = command({
  name: "pubsub",
  group: "pubsub",
  summary: "Tells about subscriptions.",
  since: "2.8.0",
  complexity: "Depends on the subcommand.",
  arity: -2,
  flags: [],
  subcommands: [...subcommands, {
    ...helpCommand("pubsub", "pubsub", "6.2.0", subcommands),
    isOutsideGroup: true,
  }],
});
