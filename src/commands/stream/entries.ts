/**
 * Replies with entries of streams.
 *
 * @module
 */
import type { Address } from "../../arena/memory.ts";
import type { StreamId } from "../../encodings/stream_id.ts";
import type { NodeEntry } from "../../encodings/stream_nodes.ts";
import type { Call } from "../../command/call.ts";
import { replyId } from "./ids.ts";

/** Replies with an entry: its id, and its fields and values in turn. */
export function replyEntry(call: Call, entry: NodeEntry): undefined {
  const { reply } = call;
  reply.array(2);
  replyId(call, entry.id);
  reply.array(entry.fieldCount * 2);
  call.keyspace.streams.nodes.forEachField(entry, (range) => call.replyRange(range));
}

/** Replies with up to `count` entries of a range (0: all), forwards or backwards; returns how many. */
export function replyRange(
  call: Call,
  stream: Address,
  from: StreamId,
  to: StreamId,
  count: number,
  isReversed = false,
): number {
  const { reply } = call;
  const begin = reply.beginArray();
  let replied = 0;
  call.keyspace.streams.walk(stream, from, to, isReversed, (entry) => {
    replyEntry(call, entry);
    return ++replied !== count;
  });
  reply.endArray(begin, replied);
  return replied;
}

/** Replies with the entry that has an id; returns false and writes nothing if there is none. */
export function replyEntryWithId(call: Call, stream: Address, id: StreamId): boolean {
  let isFound = false;
  call.keyspace.streams.walk(stream, id, id, false, (entry) => {
    replyEntry(call, entry);
    isFound = true;
  });
  return isFound;
}
