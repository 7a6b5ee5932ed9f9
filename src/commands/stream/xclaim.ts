import type { Call } from "../../command/call.ts";
import { err } from "../../command/errors.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { StreamId } from "../../encodings/stream_id.ts";
import { forget, invalid, replyClaimed } from "./claimed.ts";
import { consumerFor, groupOf, propagatePending, propagatePosition } from "./groups.ts";
import { idAt, parseId } from "./ids.ts";

/** The options of XCLAIM. */
interface ClaimRequest {
  readonly minIdleMs: number;
  readonly ids: readonly StreamId[];
  /** The new time of delivery, in milliseconds since 1970. */
  readonly deliveryMs: number;
  /** The new number of deliveries; undefined to count one more. */
  readonly deliveries: number | undefined;
  /** Whether entries that are not pending become pending. */
  readonly isForced: boolean;
  readonly isJustId: boolean;
  readonly lastId: StreamId;
}

/** Reads XCLAIM's arguments from the minimum idle time, argument 4, on. */
function parseClaim(call: Call): ClaimRequest {
  const { args, nowMs } = call;
  const minIdleMs = Math.max(0, call.integer(4, invalid("min-idle-time", "XCLAIM")));
  const ids: StreamId[] = [];
  let i = 5;
  for (; i < args.count; i++) {
    const id = parseId(args.text(i), "lowest");
    if (id === undefined) break;
    ids.push(id);
  }
  let deliveryMs = nowMs;
  let deliveries: number | undefined;
  let isForced = false;
  let isJustId = false;
  let lastId = new StreamId();
  for (; i < args.count; i++) {
    const isLast = i + 1 === args.count;
    if (args.is(i, "FORCE")) isForced = true;
    else if (args.is(i, "JUSTID")) isJustId = true;
    else if (args.is(i, "IDLE") && !isLast) {
      deliveryMs = nowMs - call.integer(++i, invalid("IDLE option", "XCLAIM"));
    } else if (args.is(i, "TIME") && !isLast) {
      deliveryMs = call.integer(++i, invalid("TIME option", "XCLAIM"));
    } else if (args.is(i, "RETRYCOUNT") && !isLast) {
      deliveries = call.integer(++i, invalid("RETRYCOUNT option", "XCLAIM"));
      if (deliveries < 0) deliveries = undefined;
    } else if (args.is(i, "LASTID") && !isLast) lastId = idAt(call, ++i);
    else throw err(`Unrecognized XCLAIM option '${args.cText(i)}'`);
  }
  if (deliveryMs < 0 || deliveryMs > nowMs) deliveryMs = nowMs;
  return { minIdleMs, ids, deliveryMs, deliveries, isForced, isJustId, lastId };
}

/** XCLAIM: gives pending entries to another consumer. */
export const xclaim: CommandSpec = command({
  name: "xclaim",
  group: "stream",
  summary: "Makes a consumer the owner of pending entries of its group, and replies with them.",
  since: "5.0.0",
  complexity: "O(log(N)) for each id, where N is the number of pending entries",
  arity: -6,
  flags: ["write", "fast"],
  keys: oneKey("RW update"),
  tips: ["nondeterministic_output"],
  syntax:
    "key group consumer min-idle-time id [id ...] [IDLE ms] [TIME unix-time-milliseconds] [RETRYCOUNT count] [FORCE] [JUSTID] [LASTID lastid]",
  run(call) {
    const { reply } = call;
    const { streams } = call.keyspace;
    const { groups } = streams;
    const { stream, group } = groupOf(call, call.lookupForRead(1));
    const request = parseClaim(call);
    call.propagatesRequest = false;
    if (request.lastId.compare(groups.lastId(group)) > 0) {
      groups.setPosition(group, request.lastId, groups.entriesRead(group));
      call.countChanges(1);
      propagatePosition(call, 1, group);
    }
    const consumer = consumerFor(call, 1, group, 3);
    groups.setSeen(consumer, call.nowMs);
    const begin = reply.beginArray();
    let replied = 0;
    for (const id of request.ids) {
      let pending = groups.findPending(group, id);
      if (!streams.has(stream, id)) {
        // A pending entry that was deleted from the stream can no longer be processed.
        if (pending !== 0) forget(call, group, pending);
        continue;
      }
      const isNew = pending === 0;
      if (isNew) {
        if (!request.isForced) continue;
        pending = groups.addPending(group, consumer, id, call.nowMs, 1);
      }
      if (!isNew && call.nowMs - groups.deliveryTime(pending) < request.minIdleMs) continue;
      groups.movePending(pending, consumer);
      const more = request.isJustId ? 0 : 1;
      const deliveries = request.deliveries ?? groups.deliveries(pending) + more;
      groups.setDelivery(pending, request.deliveryMs, deliveries);
      replyClaimed(call, stream, id, request.isJustId);
      replied++;
      groups.setActive(consumer, call.nowMs);
      call.countChanges(1);
      propagatePending(call, 1, group, pending);
    }
    reply.endArray(begin, replied);
  },
});
