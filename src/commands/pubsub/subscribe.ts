import type { SubscriptionKind } from "../../clients/subscriptions.ts";
import type { Call } from "../../command/call.ts";
import { err } from "../../command/errors.ts";
import { command, type CommandSpec, keyRange } from "../../command/spec.ts";

/** The names of the commands for one kind of subscription. */
interface Form {
  readonly kind: SubscriptionKind;
  /** The letter in front of SUBSCRIBE and UNSUBSCRIBE. */
  readonly prefix: string;
  /** What the client subscribes to, as the syntax and the summary call it. */
  readonly noun: string;
  readonly since: string;
}

/**
 * Confirms a subscription or its end, with the command's word, the name, and the number of the client's subscriptions. CLIENT REPLY does
 * not apply to it.
 */
function confirm(call: Call, word: string, name: string | undefined, kind: SubscriptionKind): void {
  const { client: { subscriptions }, reply } = call;
  const count = kind === "shard" ? subscriptions?.shard.size : subscriptions?.count;
  reply.message(() => {
    reply.push(3);
    reply.bulkText(word);
    if (name === undefined) reply.null();
    else reply.bulkText(name);
    reply.integer(count ?? 0);
  });
}

const base = {
  group: "pubsub",
  flags: ["pubsub", "noscript", "loading", "stale", "for_subscribers"],
} as const;

const keysOf = (kind: SubscriptionKind) =>
  kind === "shard" ? { keys: [keyRange("not_key", 1, -1, 1)] } : {};

function subscribeCommand({ kind, prefix, noun, since }: Form): CommandSpec {
  const name = `${prefix}subscribe`;
  return command({
    ...base,
    ...keysOf(kind),
    name,
    summary: `Subscribes to ${noun}s: their messages are sent to this connection.`,
    since,
    complexity: `O(N) where N is the number of ${noun}s`,
    arity: -2,
    channels: kind === "pattern" ? "patterns" : "all",
    syntax: `${noun} [${noun} ...]`,
    run(call) {
      const { args, client, server } = call;
      // A script expects one reply from each command. In a transaction Redis 7.2 allows subscribing, except to shard channels.
      if (client.mustNotBlock && (client.runsScript || kind === "shard")) {
        throw err(`${name.toUpperCase()} isn't allowed for a DENY BLOCKING client`);
      }
      for (let i = 1; i < args.count; i++) {
        const channel = args.text(i);
        server.pubsub.subscribe(client, kind, channel);
        confirm(call, name, channel, kind);
      }
    },
  });
}

function unsubscribeCommand({ kind, prefix, noun, since }: Form): CommandSpec {
  const name = `${prefix}unsubscribe`;
  return command({
    ...base,
    ...keysOf(kind),
    name,
    summary: `Ends subscriptions to ${noun}s, to all if none is named.`,
    since,
    complexity: `O(N) where N is the number of ${noun}s`,
    arity: -1,
    syntax: `[${noun} [${noun} ...]]`,
    run(call) {
      const { args, client, server } = call;
      const all = [...client.subscriptions?.[kind] ?? []];
      const names = args.count === 1
        ? all
        : Array.from({ length: args.count - 1 }, (_, i) => args.text(i + 1));
      for (const channel of names) {
        server.pubsub.unsubscribe(client, kind, channel);
        confirm(call, name, channel, kind);
      }
      if (names.length === 0) confirm(call, name, undefined, kind);
    },
  });
}

const CHANNELS: Form = { kind: "channel", prefix: "", noun: "channel", since: "2.0.0" };
const PATTERNS: Form = { kind: "pattern", prefix: "p", noun: "pattern", since: "2.0.0" };
const SHARDS: Form = { kind: "shard", prefix: "s", noun: "shardchannel", since: "7.0.0" };

/** SUBSCRIBE: listens to channels. */
export const subscribe: CommandSpec = subscribeCommand(CHANNELS);
/** UNSUBSCRIBE: ends subscriptions to channels. */
export const unsubscribe: CommandSpec = unsubscribeCommand(CHANNELS);
/** PSUBSCRIBE: listens to channels whose names match patterns. */
export const psubscribe: CommandSpec = subscribeCommand(PATTERNS);
/** PUNSUBSCRIBE: ends subscriptions to patterns. */
export const punsubscribe: CommandSpec = unsubscribeCommand(PATTERNS);
/** SSUBSCRIBE: listens to shard channels. */
export const ssubscribe: CommandSpec = subscribeCommand(SHARDS);
/** SUNSUBSCRIBE: ends subscriptions to shard channels. */
export const sunsubscribe: CommandSpec = unsubscribeCommand(SHARDS);
