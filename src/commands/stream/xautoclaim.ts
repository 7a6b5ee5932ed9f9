import { INT64_LIMIT } from "../../lib/integer.ts";
import { err, errors } from "../../command/errors.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { StreamId } from "../../encodings/stream_id.ts";
import { forget, invalid, replyClaimed } from "./claimed.ts";
import { consumerFor, groupOf, propagatePending } from "./groups.ts";
import { rangeStart, replyId } from "./ids.ts";

/** How many pending entries XAUTOCLAIM looks at for each one that it may reply with. */
const ATTEMPTS_FACTOR = 10;

const MAX_COUNT = Math.floor(INT64_LIMIT / 16);

/** XAUTOCLAIM: claims entries that have been pending for long. */
export const xautoclaim: CommandSpec = command({
  name: "xautoclaim",
  group: "stream",
  summary:
    "Makes a consumer the owner of entries that have been pending for some time, and replies with them and where to go on.",
  since: "6.2.0",
  history: [
    { since: "7.0.0", change: "Tells which entries are gone from the stream, and forgets them." },
  ],
  complexity: "O(1) if COUNT is small",
  arity: -6,
  flags: ["write", "fast"],
  keys: oneKey("RW delete"),
  tips: ["nondeterministic_output"],
  syntax: "key group consumer min-idle-time start [COUNT count] [JUSTID]",
  run(call) {
    const { args, reply } = call;
    const { streams } = call.keyspace;
    const { groups } = streams;
    const found = call.lookupForRead(1);
    const minIdleMs = Math.max(0, call.integer(4, invalid("min-idle-time", "XAUTOCLAIM")));
    const next = rangeStart(call, 5);
    let count = 100;
    let isJustId = false;
    for (let i = 6; i < args.count; i++) {
      if (args.is(i, "COUNT") && i + 1 < args.count) {
        const tooSmall = err("COUNT must be > 0");
        count = call.integer(++i, tooSmall);
        if (count < 1 || count > MAX_COUNT) throw tooSmall;
      } else if (args.is(i, "JUSTID")) isJustId = true;
      else throw errors.syntax;
    }
    const { stream, group } = groupOf(call, found);
    call.propagatesRequest = false;
    const consumer = consumerFor(call, 1, group, 3);
    groups.setSeen(consumer, call.nowMs);
    const claimed: StreamId[] = [];
    const deleted: StreamId[] = [];
    let pending = groups.firstPending(group, next);
    for (let left = count * ATTEMPTS_FACTOR; left > 0 && pending !== 0; left--) {
      if (claimed.length + deleted.length === count) break;
      const id = groups.pendingId(pending);
      next.copyFrom(id).increment();
      if (!streams.has(stream, id)) {
        forget(call, group, pending);
        deleted.push(id);
      } else if (call.nowMs - groups.deliveryTime(pending) >= minIdleMs) {
        groups.movePending(pending, consumer);
        const deliveries = groups.deliveries(pending) + (isJustId ? 0 : 1);
        groups.setDelivery(pending, call.nowMs, deliveries);
        groups.setActive(consumer, call.nowMs);
        claimed.push(id);
        call.countChanges(1);
        propagatePending(call, 1, group, pending);
      }
      pending = id.isMax ? 0 : groups.firstPending(group, next);
    }
    reply.array(3);
    replyId(call, pending === 0 ? new StreamId() : groups.pendingId(pending));
    reply.array(claimed.length);
    for (const id of claimed) replyClaimed(call, stream, id, isJustId);
    reply.array(deleted.length);
    for (const id of deleted) replyId(call, id);
  },
});
