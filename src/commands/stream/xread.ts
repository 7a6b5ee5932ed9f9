import type { Address } from "../../arena/memory.ts";
import { StreamId } from "../../encodings/stream_id.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { fromLatin1 } from "../../lib/bytes.ts";
import { Arguments } from "../../resp/arguments.ts";
import { deadlineOfMilliseconds } from "../shared/block_timeout.ts";
import type { Call } from "../../command/call.ts";
import { err, errors } from "../../command/errors.ts";
import { keysFrom } from "../../command/key_positions.ts";
import {
  command,
  type CommandSpec,
  type KeyPosition,
  keyRange,
  type KeySpec,
} from "../../command/spec.ts";
import { replyEntry, replyEntryWithId, replyRange } from "./entries.ts";
import {
  advanceGroup,
  consumerFor,
  noGroup,
  propagatePending,
  propagatePosition,
} from "./groups.ts";
import { idAt, replyId } from "./ids.ts";

/** The options in front of STREAMS, and the places of the keys. */
interface ReadRequest {
  /** When the wait ends, in milliseconds since 1970; undefined if the request does not wait. */
  readonly deadlineMs: number | undefined;
  /** Most entries of each stream; 0 is all. */
  readonly count: number;
  /** Argument with the group's name, which the consumer's name follows; 0 if there is no group. */
  readonly group: number;
  /** Whether entries do not become pending. */
  readonly noAck: boolean;
  /** The arguments with the keys; an id for each key follows. */
  readonly keys: { readonly first: number; readonly count: number };
}

/** Where a stream is to be read from. */
interface Position {
  /** The id behind which to read. */
  readonly after: StreamId;
  /** Whether to read what the group has not read yet (`>`). */
  readonly isNew: boolean;
  /** Whether the id depends on what is in the stream now, so that it must be fixed before waiting. */
  readonly isRelative: boolean;
  /** The group; 0 if there is none. */
  readonly group: Address;
}

/** Where the keys stand: the first half of what follows the option STREAMS. */
function keysOf(args: Arguments): { readonly first: number; readonly count: number } {
  for (let i = 1; i < args.count; i++) {
    if (args.is(i, "BLOCK") || args.is(i, "COUNT")) i++;
    else if (args.is(i, "GROUP")) i += 2;
    else if (args.is(i, "STREAMS")) {
      return { first: i + 1, count: Math.floor((args.count - i - 1) / 2) };
    }
  }
  return { first: args.count, count: 0 };
}

function findKeys(args: Arguments): KeyPosition[] {
  const { first, count } = keysOf(args);
  return keysFrom(first, count, KEYS.flags);
}

function parseRead(call: Call, ofGroup: boolean): ReadRequest {
  const { args } = call;
  let deadlineMs: number | undefined;
  let count = 0;
  let group = 0;
  let noAck = false;
  for (let i = 1; i < args.count; i++) {
    const left = args.count - 1 - i;
    if (args.is(i, "BLOCK") && left > 0) {
      if (call.client.runsScript) {
        throw err(`${args.quoted(0)} command is not allowed with BLOCK option from scripts`);
      }
      deadlineMs = deadlineOfMilliseconds(call, ++i);
    } else if (args.is(i, "COUNT") && left > 0) count = Math.max(0, call.integer(++i));
    else if (args.is(i, "STREAMS") && left > 0) {
      if (left % 2 !== 0) {
        throw err(
          `Unbalanced '${call.command.fullName}' list of streams: for each stream key an ID or '${
            ofGroup ? ">" : "$"
          }' must be specified.`,
        );
      }
      if (ofGroup && group === 0) throw err("Missing GROUP option for XREADGROUP");
      return { deadlineMs, count, group, noAck, keys: keysOf(args) };
    } else if (args.is(i, "GROUP") && left > 1) {
      if (!ofGroup) throw onlyForGroups("GROUP");
      group = i + 1;
      i += 2;
    } else if (args.is(i, "NOACK")) {
      if (!ofGroup) throw onlyForGroups("NOACK");
      noAck = true;
    } else throw errors.syntax;
  }
  throw errors.syntax;
}

const onlyForGroups = (option: string) =>
  err(`The ${option} option is only supported by XREADGROUP. You called XREAD instead.`);

const noDollar = err(
  "The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this " +
    "consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would " +
    "just return an empty result set.",
);
const noGreater = err(
  "The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.",
);

/** Where to read the stream under the key in argument `key`, by the id in argument `i`. */
function positionAt(call: Call, key: number, i: number, groupName: number): Position {
  const { args } = call;
  const { streams } = call.keyspace;
  const stream = call.lookupForRead(key, ValueType.Stream);
  let group = 0;
  if (groupName !== 0) {
    group = stream === 0 ? 0 : streams.groups.find(streams.root(stream), call.range(groupName));
    if (group === 0) {
      throw noGroup(call, key, groupName, " in XREADGROUP with GROUP option");
    }
  }
  if (args.is(i, "$")) {
    if (group !== 0) throw noDollar;
    const after = stream === 0 ? new StreamId() : streams.lastId(stream).clone();
    return { after, isNew: false, isRelative: true, group };
  }
  if (args.is(i, "+") && group === 0) {
    // `+` means only the last entry; in an empty stream it means what comes next.
    const hasEntries = stream !== 0 && streams.count(stream) > 0;
    const after = stream === 0
      ? new StreamId()
      : hasEntries
      ? streams.lastLiveId(stream)
      : streams.lastId(stream).clone();
    if (hasEntries) after.decrement();
    return { after, isNew: false, isRelative: true, group };
  }
  if (args.is(i, ">")) {
    if (group === 0) throw noGreater;
    return { after: streams.groups.lastId(group), isNew: true, isRelative: false, group };
  }
  const after = idAt(call, i);
  if (group === 0 || !after.isMax) return { after, isNew: false, isRelative: false, group };
  // Redis 7.2 represents `>` by the largest id, so that id means the same.
  return { after: streams.groups.lastId(group), isNew: true, isRelative: false, group };
}

function read(call: Call, ofGroup: boolean): undefined {
  const { reply } = call;
  const { streams } = call.keyspace;
  // A read by a group is propagated change by change.
  if (ofGroup) call.propagatesRequest = false;
  const request = parseRead(call, ofGroup);
  const { keys: { first: firstKey, count: keys }, deadlineMs } = request;
  const positions = Array.from(
    { length: keys },
    (_, i) => positionAt(call, firstKey + i, firstKey + keys + i, request.group),
  );
  const begin = reply.beginArray();
  let served = 0;
  positions.forEach((position, i) => {
    const key = firstKey + i;
    const stream = call.lookupForRead(key, ValueType.Stream);
    if (stream === 0) return;
    const consumer = ofGroup ? consumerFor(call, key, position.group, request.group + 1) : 0;
    if (ofGroup) streams.groups.setSeen(consumer, call.nowMs);
    const isHistory = ofGroup && !position.isNew;
    if (!isHistory && streams.lastLiveId(stream).compare(position.after) <= 0) return;
    served++;
    if (reply.resp === 2) reply.array(2);
    reply.bulk(call.args.bytes, call.args.starts[key], call.args.lengths[key]);
    const from = position.after.clone();
    from.increment();
    if (!ofGroup) replyRange(call, stream, from, StreamId.max(), request.count);
    else if (isHistory) replyHistory(call, stream, consumer, from, request.count);
    else deliver(call, key, stream, position.group, consumer, from, request);
    if (ofGroup) call.countChanges(1);
  });
  if (served > 0) {
    return reply.resp === 2 ? reply.endArray(begin, served) : reply.endMap(begin, served);
  }
  if (deadlineMs === undefined || !call.mayBlock) return reply.nullArray();
  const args = resolvedArguments(call, firstKey + keys, positions);
  call.waitForKeys(firstKey, firstKey + keys - 1, ValueType.Stream, deadlineMs, ofGroup, args);
}

/** The request with relative ids replaced by the ids at which the streams ended when it came. */
function resolvedArguments(
  { args }: Call,
  firstId: number,
  positions: readonly Position[],
): Arguments {
  if (!positions.some(({ isRelative }) => isRelative)) return args;
  const words = Array.from({ length: args.count }, (_, i) => args.copy(i));
  positions.forEach(({ isRelative, after }, i) => {
    if (isRelative) words[firstId + i] = fromLatin1(after.toString());
  });
  const resolved = new Arguments();
  resolved.assign(words);
  return resolved;
}

/** Replies with entries that the group has not read yet; they become pending for the consumer. */
function deliver(
  call: Call,
  key: number,
  stream: Address,
  group: Address,
  consumer: Address,
  from: StreamId,
  { count, noAck }: ReadRequest,
): void {
  const { reply } = call;
  const { streams } = call.keyspace;
  const { groups } = streams;
  const begin = reply.beginArray();
  const ids: StreamId[] = [];
  streams.walk(stream, from, StreamId.max(), false, (entry) => {
    replyEntry(call, entry);
    ids.push(entry.id.clone());
    return ids.length !== count;
  });
  reply.endArray(begin, ids.length);
  let hasAdvanced = false;
  for (const id of ids) {
    if (id.compare(groups.lastId(group)) > 0) {
      advanceGroup(streams, stream, group, id);
      hasAdvanced = true;
    }
    if (noAck) continue;
    let pending = groups.findPending(group, id);
    if (pending === 0) pending = groups.addPending(group, consumer, id, call.nowMs, 1);
    else {
      // After XGROUP SETID an entry that was delivered before is delivered again, and changes its owner.
      groups.movePending(pending, consumer);
      groups.setDelivery(pending, call.nowMs, 1);
    }
    propagatePending(call, key, group, pending);
  }
  if (hasAdvanced) propagatePosition(call, key, group);
  if (ids.length > 0) groups.setActive(consumer, call.nowMs);
}

/** Replies with entries that are pending for the consumer, and counts another delivery of each. */
function replyHistory(
  call: Call,
  stream: Address,
  consumer: Address,
  from: StreamId,
  count: number,
): void {
  const { reply } = call;
  const { groups } = call.keyspace.streams;
  const begin = reply.beginArray();
  let replied = 0;
  groups.forEachPending(consumer, "consumer", from, (pending) => {
    const id = groups.pendingId(pending);
    if (replyEntryWithId(call, stream, id)) {
      groups.setDelivery(pending, call.nowMs, groups.deliveries(pending) + 1);
    } else {
      reply.array(2);
      replyId(call, id);
      reply.nullArray();
    }
    return ++replied !== count;
  });
  reply.endArray(begin, replied);
}

const KEYS: KeySpec = { ...keyRange("RO access", 1, -1, 1), keyword: "STREAMS", limit: 2 };

/** XREAD: reads entries of several streams behind given ids. */
export const xread: CommandSpec = command({
  name: "xread",
  group: "stream",
  summary:
    "Lists the entries of several streams behind given ids; may wait until there is one in any of them.",
  since: "5.0.0",
  complexity: "O(N) where N is the number of entries replied",
  arity: -4,
  flags: ["readonly", "blocking", "movablekeys"],
  keys: [KEYS],
  findKeys,
  syntax: "[COUNT count] [BLOCK milliseconds] STREAMS key [key ...] id [id ...]",
  run: (call) => read(call, false),
});

/** XREADGROUP: reads entries for a consumer of a group. */
export const xreadgroup: CommandSpec = command({
  name: "xreadgroup",
  group: "stream",
  summary:
    "Hands entries that no consumer of a group has got to this one, or lists those that it has not acknowledged; may wait for new ones.",
  since: "5.0.0",
  complexity: "O(M) where M is the number of entries replied",
  arity: -7,
  flags: ["write", "blocking", "movablekeys"],
  keys: [{ ...KEYS, first: 4 }],
  findKeys,
  syntax:
    "GROUP group consumer [COUNT count] [BLOCK milliseconds] [NOACK] STREAMS key [key ...] id [id ...]",
  run: (call) => read(call, true),
});
