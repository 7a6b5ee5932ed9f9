import type { Address } from "../../arena/memory.ts";
import { StreamId } from "../../encodings/stream_id.ts";
import { NEVER_ACTIVE, UNKNOWN_ENTRIES_READ } from "../../keyspace/consumer_groups.ts";
import type { Call } from "../../command/call.ts";
import { errors, ReplyError } from "../../command/errors.ts";
import { helpCommand, subcommandSyntax } from "../../command/help.ts";
import { command, type CommandSpec, keyRange } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { replyEntry, replyRange } from "./entries.ts";
import { lagOf } from "./groups.ts";
import { replyId } from "./ids.ts";

/** Most entries, and most pending entries, that FULL shows without a COUNT. */
const DEFAULT_FULL_COUNT = 10;

/** The stream under the key in argument 2; throws if there is none. */
function streamAt(call: Call): Address {
  const stream = call.lookupForRead(2, ValueType.Stream);
  if (stream === 0) throw errors.noSuchKey;
  return stream;
}

/** Replies with a field of a map. */
function field(call: Call, name: string, write: () => void): void {
  call.reply.bulkText(name);
  write();
}

/**
 * How many nodes the radix tree of Redis 7.2 has for these sorted keys, all of the same length: one for every chain of bytes without a
 * branch, one for every branch, one for every leaf.
 */
function radixNodes(keys: readonly Uint8Array[], depth = 0): number {
  if (keys.length === 0) return 1;
  const [first, last] = [keys[0], keys[keys.length - 1]];
  let end = depth;
  while (end < first.length && first[end] === last[end]) end++;
  const chain = end > depth ? 1 : 0;
  if (end === first.length) return chain + 1;
  let nodes = chain + 1;
  for (let from = 0; from < keys.length;) {
    let to = from;
    while (to < keys.length && keys[to][end] === keys[from][end]) to++;
    nodes += radixNodes(keys.slice(from, to), end + 1);
    from = to;
  }
  return nodes;
}

/** Replies with the seven fields with which XINFO STREAM begins. */
function replyFigures(call: Call, stream: Address): void {
  const { reply } = call;
  const { arena, streams } = call.keyspace;
  const keys: Uint8Array[] = [];
  streams.forEachNode(stream, (node) => {
    keys.push(new StreamId().load(arena, node, 0).toBytes());
  });
  field(call, "length", () => reply.integer(streams.count(stream)));
  field(call, "radix-tree-keys", () => reply.integer(keys.length));
  field(call, "radix-tree-nodes", () => reply.integer(radixNodes(keys)));
  field(call, "last-generated-id", () => replyId(call, streams.lastId(stream)));
  field(call, "max-deleted-entry-id", () => replyId(call, streams.maxDeletedId(stream)));
  field(call, "entries-added", () => reply.integer(streams.entriesAdded(stream)));
  field(call, "recorded-first-entry-id", () => replyId(call, streams.firstId(stream)));
}

/** Replies with the first or last entry, or null. */
function replyEdge(call: Call, stream: Address, isLast: boolean): void {
  let isThere = false;
  const { streams } = call.keyspace;
  streams.walk(stream, new StreamId(), StreamId.max(), isLast, (entry) => {
    replyEntry(call, entry);
    isThere = true;
    return false;
  });
  if (!isThere) call.reply.null();
}

function replyEntriesRead(call: Call, group: Address): void {
  const read = call.keyspace.streams.groups.entriesRead(group);
  if (read === UNKNOWN_ENTRIES_READ) call.reply.null();
  else call.reply.integer(read);
}

function replyLag(call: Call, stream: Address, group: Address): void {
  const lag = lagOf(call.keyspace.streams, stream, group);
  if (lag === undefined) call.reply.null();
  else call.reply.integer(lag);
}

/** Replies with up to `limit` pending entries (0: all) of a group or a consumer. Those of a group say to which consumer they belong. */
function replyPendingEntries(
  call: Call,
  owner: Address,
  kind: "group" | "consumer",
  limit: number,
): void {
  const { reply } = call;
  const { groups } = call.keyspace.streams;
  const total = groups.pendingCount(owner, kind);
  let left = limit === 0 ? total : Math.min(limit, total);
  reply.array(left);
  if (left === 0) return;
  groups.forEachPending(owner, kind, new StreamId(), (pending) => {
    reply.array(kind === "group" ? 4 : 3);
    replyId(call, groups.pendingId(pending));
    if (kind === "group") call.replyRange(groups.name(groups.consumerOf(pending)));
    reply.integer(groups.deliveryTime(pending));
    reply.integer(groups.deliveries(pending));
    return --left > 0;
  });
}

function replyFullConsumer(call: Call, consumer: Address, limit: number): void {
  const { reply } = call;
  const { groups } = call.keyspace.streams;
  reply.map(5);
  field(call, "name", () => call.replyRange(groups.name(consumer)));
  field(call, "seen-time", () => reply.integer(groups.seen(consumer)));
  field(call, "active-time", () => reply.integer(groups.active(consumer)));
  field(call, "pel-count", () => reply.integer(groups.pendingCount(consumer, "consumer")));
  field(call, "pending", () => replyPendingEntries(call, consumer, "consumer", limit));
}

function replyFullGroup(call: Call, stream: Address, group: Address, limit: number): void {
  const { reply } = call;
  const { groups } = call.keyspace.streams;
  reply.map(7);
  field(call, "name", () => call.replyRange(groups.name(group)));
  field(call, "last-delivered-id", () => replyId(call, groups.lastId(group)));
  field(call, "entries-read", () => replyEntriesRead(call, group));
  field(call, "lag", () => replyLag(call, stream, group));
  field(call, "pel-count", () => reply.integer(groups.pendingCount(group, "group")));
  field(call, "pending", () => replyPendingEntries(call, group, "group", limit));
  field(call, "consumers", () => {
    reply.array(groups.consumerCount(group));
    groups.forEachConsumer(group, (consumer) => replyFullConsumer(call, consumer, limit));
  });
}

/** The limit of FULL; 0 for no limit, undefined without FULL. */
function fullLimit(call: Call): number | undefined {
  const { args } = call;
  if (args.count === 3) return undefined;
  const isSound = args.is(3, "FULL") &&
    (args.count === 4 || args.count === 6 && args.is(4, "COUNT"));
  if (!isSound) throw subcommandSyntax(call);
  if (args.count === 4) return DEFAULT_FULL_COUNT;
  const count = call.integer(5);
  return count < 0 ? DEFAULT_FULL_COUNT : count;
}

const base = { group: "stream", since: "5.0.0", complexity: "O(1)" } as const;

const streamInfo = command({
  ...base,
  name: "stream",
  summary: "Tells about a stream.",
  history: [
    {
      since: "6.0.0",
      change: "`FULL` tells the entries and groups too.",
      options: ["FULL"],
      arityBefore: 3,
    },
    {
      since: "7.0.0",
      change:
        "Tells `max-deleted-entry-id`, `entries-added`, `recorded-first-entry-id`, `entries-read` and `lag`.",
    },
    { since: "7.2.0", change: "Tells `active-time`; `seen-time` is now of every request." },
  ],
  arity: -3,
  flags: ["readonly"],
  keys: [keyRange("RO access", 2, 0, 1)],
  syntax: "key [FULL [COUNT count]]",
  run(call) {
    const { reply } = call;
    const { streams } = call.keyspace;
    const stream = streamAt(call);
    const limit = fullLimit(call);
    const root = streams.root(stream);
    if (limit === undefined) {
      reply.map(10);
      replyFigures(call, stream);
      field(call, "groups", () => reply.integer(streams.groups.count(root)));
      field(call, "first-entry", () => replyEdge(call, stream, false));
      field(call, "last-entry", () => replyEdge(call, stream, true));
      return;
    }
    reply.map(9);
    replyFigures(call, stream);
    field(call, "entries", () => {
      replyRange(call, stream, new StreamId(), StreamId.max(), limit);
    });
    field(call, "groups", () => {
      reply.array(streams.groups.count(root));
      streams.groups.forEach(root, (group) => replyFullGroup(call, stream, group, limit));
    });
  },
});

const groupsInfo = command({
  ...base,
  name: "groups",
  summary: "Tells about the consumer groups of a stream.",
  history: [
    { since: "7.0.0", change: "Tells `entries-read` and `lag`." },
  ],
  arity: 3,
  flags: ["readonly"],
  keys: [keyRange("RO access", 2, 0, 1)],
  syntax: "key",
  run(call) {
    const { reply } = call;
    const { streams } = call.keyspace;
    const { groups } = streams;
    const stream = streamAt(call);
    const root = streams.root(stream);
    reply.array(groups.count(root));
    groups.forEach(root, (group) => {
      reply.map(6);
      field(call, "name", () => call.replyRange(groups.name(group)));
      field(call, "consumers", () => reply.integer(groups.consumerCount(group)));
      field(call, "pending", () => reply.integer(groups.pendingCount(group, "group")));
      field(call, "last-delivered-id", () => replyId(call, groups.lastId(group)));
      field(call, "entries-read", () => replyEntriesRead(call, group));
      field(call, "lag", () => replyLag(call, stream, group));
    });
  },
});

const consumersInfo = command({
  ...base,
  name: "consumers",
  summary: "Tells about the consumers of a group.",
  history: [
    { since: "7.2.0", change: "Tells `inactive`." },
  ],
  arity: 4,
  flags: ["readonly"],
  keys: [keyRange("RO access", 2, 0, 1)],
  tips: ["nondeterministic_output"],
  syntax: "key group",
  run(call) {
    const { args, reply } = call;
    const { streams } = call.keyspace;
    const { groups } = streams;
    const group = groups.find(streams.root(streamAt(call)), call.range(3));
    if (group === 0) {
      throw new ReplyError(
        `NOGROUP No such consumer group '${args.cText(3)}' for key name '${args.cText(2)}'`,
      );
    }
    reply.array(groups.consumerCount(group));
    groups.forEachConsumer(group, (consumer) => {
      const active = groups.active(consumer);
      const inactiveMs = active === NEVER_ACTIVE ? -1 : Math.max(0, call.nowMs - active);
      reply.map(4);
      field(call, "name", () => call.replyRange(groups.name(consumer)));
      field(call, "pending", () => reply.integer(groups.pendingCount(consumer, "consumer")));
      field(call, "idle", () => reply.integer(Math.max(0, call.nowMs - groups.seen(consumer))));
      field(call, "inactive", () => reply.integer(inactiveMs));
    });
  },
});

const subcommands = [consumersInfo, groupsInfo, streamInfo];

/** XINFO: describes a stream, its groups and their consumers. */
export const xinfo: CommandSpec = command({
  ...base,
  name: "xinfo",
  summary: "Tells about streams, consumer groups and consumers.",
  complexity: "Depends on the subcommand.",
  arity: -2,
  flags: [],
  subcommands: [...subcommands, helpCommand("xinfo", "stream", "5.0.0", subcommands)],
});
