/**
 * The common part of the commands of consumer groups.
 *
 * @module
 */
import type { Address } from "../../arena/memory.ts";
import { StreamId } from "../../encodings/stream_id.ts";
import { UNKNOWN_ENTRIES_READ } from "../../keyspace/consumer_groups.ts";
import { entriesUpTo } from "../../keyspace/stream_counts.ts";
import type { Streams } from "../../keyspace/streams.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { copyRange } from "../../lib/bytes.ts";
import type { Call } from "../../command/call.ts";
import { ReplyError } from "../../command/errors.ts";

/** The error for a group that does not exist; `where` ends the sentence. */
export function noGroup(call: Call, key: number, group: number, where = ""): ReplyError {
  const { args } = call;
  return new ReplyError(
    `NOGROUP No such key '${args.cText(key)}' or consumer group '${args.cText(group)}'${where}`,
  );
}

/** The group with the name in argument 2, in the stream `found` under the key in argument 1; throws if it is no stream or has no such group. */
export function groupOf(call: Call, found: Address): { stream: Address; group: Address } {
  const { streams } = call.keyspace;
  const stream = call.mustBe(found, ValueType.Stream);
  const group = stream === 0 ? 0 : streams.groups.find(streams.root(stream), call.range(2));
  if (group === 0) throw noGroup(call, 1, 2);
  return { stream, group };
}

/** The consumer with the name in argument `i`, which is made if there is none; `key` is the argument with the stream's key. */
export function consumerFor(call: Call, key: number, group: Address, i: number): Address {
  const { groups } = call.keyspace.streams;
  const consumer = groups.findConsumer(group, call.range(i));
  if (consumer !== 0) return consumer;
  const made = groups.createConsumer(group, call.range(i), call.nowMs);
  call.keyChanged(key, "stream", "xgroup-createconsumer").propagateWords(() => {
    // The range of the consumer may be the same object as that of the key, since the two can be four places apart.
    const stream = copyRange(call.range(key));
    return ["XGROUP", "CREATECONSUMER", stream, groups.name(group), call.range(i)];
  });
  return made;
}

/** Propagates the owner and the deliveries of a pending entry. */
export function propagatePending(call: Call, key: number, group: Address, pending: Address): void {
  const { groups } = call.keyspace.streams;
  call.propagateWords(() => {
    const consumer = copyRange(groups.name(groups.consumerOf(pending)));
    const owner = [call.range(key), copyRange(groups.name(group)), consumer];
    const id = groups.pendingId(pending).toString();
    const delivery = [
      "TIME",
      groups.deliveryTime(pending),
      "RETRYCOUNT",
      groups.deliveries(pending),
    ];
    const position = ["LASTID", groups.lastId(group).toString()];
    return ["XCLAIM", ...owner, 0, id, ...delivery, "FORCE", "JUSTID", ...position];
  });
}

/** Propagates how far a group has read its stream. */
export function propagatePosition(call: Call, key: number, group: Address): void {
  const { groups } = call.keyspace.streams;
  call.propagateWords(() => {
    const position = [groups.lastId(group).toString(), "ENTRIESREAD", groups.entriesRead(group)];
    return ["XGROUP", "SETID", call.range(key), groups.name(group), ...position];
  });
}

/** Whether there may be a deleted entry from an id on, so that a difference of counts is not a number of entries. */
export function mayHaveTombstones(streams: Streams, stream: Address, from: StreamId): boolean {
  const deleted = streams.maxDeletedId(stream);
  if (streams.count(stream) === 0 || deleted.isZero) return false;
  return deleted.compare(streams.firstId(stream)) >= 0 && from.compare(deleted) <= 0;
}

/** How many entries of the stream a group has not read; undefined if that is not known. */
export function lagOf(streams: Streams, stream: Address, group: Address): number | undefined {
  const added = streams.entriesAdded(stream);
  if (added === 0) return 0;
  const { groups } = streams;
  const lastId = groups.lastId(group);
  const isCounted = groups.entriesRead(group) !== UNKNOWN_ENTRIES_READ &&
    !mayHaveTombstones(streams, stream, lastId);
  const read = isCounted ? groups.entriesRead(group) : entriesUpTo(streams, stream, lastId);
  return read === UNKNOWN_ENTRIES_READ ? undefined : added - read;
}

/** Records that a group has read the entry with an id, which is larger than its last id. */
export function advanceGroup(
  streams: Streams,
  stream: Address,
  group: Address,
  id: StreamId,
): void {
  const { groups } = streams;
  let read = groups.entriesRead(group);
  if (read !== UNKNOWN_ENTRIES_READ && !mayHaveTombstones(streams, stream, id)) read++;
  else if (streams.entriesAdded(stream) > 0) read = entriesUpTo(streams, stream, id);
  groups.setPosition(group, id, read);
}
