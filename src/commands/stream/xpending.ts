import type { Address } from "../../arena/memory.ts";
import type { Call } from "../../command/call.ts";
import { errors } from "../../command/errors.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import type { StreamId } from "../../encodings/stream_id.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { noGroup } from "./groups.ts";
import { rangeEnd, rangeStart, replyId } from "./ids.ts";

/** The arguments of XPENDING with a range. */
interface PendingRequest {
  readonly minIdleMs: number;
  readonly from: StreamId;
  readonly to: StreamId;
  readonly count: number;
  /** Argument with the consumer's name; 0 if there is none. */
  readonly consumer: number;
}

function parsePending(call: Call): PendingRequest | undefined {
  const { args } = call;
  if (args.count === 3) return undefined;
  if (args.count < 6 || args.count > 9) throw errors.syntax;
  const hasIdle = args.is(3, "IDLE");
  const minIdleMs = hasIdle ? call.integer(4) : 0;
  const first = hasIdle ? 5 : 3;
  if (args.count < first + 3) throw errors.syntax;
  const count = Math.max(0, call.integer(first + 2));
  const from = rangeStart(call, first);
  const to = rangeEnd(call, first + 1);
  return { minIdleMs, from, to, count, consumer: args.count > first + 3 ? first + 3 : 0 };
}

/** XPENDING: lists the pending entries of a group. */
export const xpending: CommandSpec = command({
  name: "xpending",
  group: "stream",
  summary: "Tells which entries of a group were delivered and not acknowledged.",
  since: "5.0.0",
  history: [
    {
      since: "6.2.0",
      change: "`IDLE` chooses entries, and the ends of the range may be left out of it.",
      options: ["IDLE"],
    },
  ],
  complexity: "O(N) where N is the number of entries replied, or of consumers",
  arity: -3,
  flags: ["readonly"],
  keys: oneKey("RO access"),
  tips: ["nondeterministic_output"],
  syntax: "key group [[IDLE min-idle-time] start end count [consumer]]",
  run(call) {
    const { streams } = call.keyspace;
    const request = parsePending(call);
    const stream = call.lookupForRead(1, ValueType.Stream);
    const group = stream === 0 ? 0 : streams.groups.find(streams.root(stream), call.range(2));
    if (group === 0) throw noGroup(call, 1, 2);
    if (request === undefined) replySummary(call, group);
    else replyPending(call, group, request);
  },
});

function replySummary(call: Call, group: Address): void {
  const { reply } = call;
  const { groups } = call.keyspace.streams;
  const total = groups.pendingCount(group, "group");
  reply.array(4);
  reply.integer(total);
  if (total === 0) {
    reply.null();
    reply.null();
    return reply.nullArray();
  }
  replyId(call, groups.pendingId(groups.pendingAt(group, "group", 0)));
  replyId(call, groups.pendingId(groups.pendingAt(group, "group", total - 1)));
  const begin = reply.beginArray();
  let consumers = 0;
  groups.forEachConsumer(group, (consumer) => {
    const count = groups.pendingCount(consumer, "consumer");
    if (count === 0) return;
    reply.array(2);
    call.replyRange(groups.name(consumer));
    reply.bulkText(String(count));
    consumers++;
  });
  reply.endArray(begin, consumers);
}

function replyPending(call: Call, group: Address, request: PendingRequest): undefined {
  const { reply } = call;
  const { groups } = call.keyspace.streams;
  const { minIdleMs, from, to, count } = request;
  const consumer = request.consumer === 0
    ? 0
    : groups.findConsumer(group, call.range(request.consumer));
  if (request.consumer !== 0 && consumer === 0) return reply.array(0);
  const begin = reply.beginArray();
  let replied = 0;
  const visit = (pending: Address) => {
    const id = groups.pendingId(pending);
    if (replied === count || id.compare(to) > 0) return false;
    const idleMs = Math.max(0, call.nowMs - groups.deliveryTime(pending));
    if (idleMs < minIdleMs) return true;
    reply.array(4);
    replyId(call, id);
    call.replyRange(groups.name(groups.consumerOf(pending)));
    reply.integer(idleMs);
    reply.integer(groups.deliveries(pending));
    replied++;
    return true;
  };
  if (consumer !== 0) groups.forEachPending(consumer, "consumer", from, visit);
  else groups.forEachPending(group, "group", from, visit);
  reply.endArray(begin, replied);
}
