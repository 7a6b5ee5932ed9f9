/**
 * Counts entries of a stream by the stream's figures, without walking it.
 *
 * @module
 */
import type { Address } from "../arena/memory.ts";
import type { StreamId } from "../encodings/stream_id.ts";
import { UNKNOWN_ENTRIES_READ } from "./consumer_groups.ts";
import type { Streams } from "./streams.ts";

/** How many entries were ever added up to an id; {@link UNKNOWN_ENTRIES_READ} if that does not follow from the stream's figures. */
export function entriesUpTo(streams: Streams, stream: Address, id: StreamId): number {
  const added = streams.entriesAdded(stream);
  if (added === 0) return 0;
  const count = streams.count(stream);
  const order = id.compare(streams.lastId(stream));
  if (count === 0 && order <= 0) return added;
  const deleted = streams.maxDeletedId(stream);
  if (order === 0) return added;
  if (order > 0) return UNKNOWN_ENTRIES_READ;
  const first = streams.firstId(stream);
  if (deleted.isZero || deleted.compare(first) < 0) {
    const toFirst = id.compare(first);
    if (toFirst < 0) return added - count;
    if (toFirst === 0) return added - count + 1;
  }
  return UNKNOWN_ENTRIES_READ;
}
