/**
 * Asking for memory before a change begins, in commands that need more of it than their request is long: what they copy, or how far a string is
 * to grow. In the middle of a change it would be too late (`execution/room_for_requests.ts`).
 *
 * @module
 */
import type { Address } from "../../arena/memory.ts";
import type { Call } from "../../command/call.ts";
import { errors } from "../../command/errors.ts";

/** What the arena's reserve is for anyway. */
const FEW_BYTES = 65536;
/** A copy may have another encoding than what it is a copy of: a dict has room for more elements than it holds, and members may get scores. */
const COPY_FACTOR = 2;
const BYTES_BESIDE_ELEMENT = 64;

/** Throws if there is no memory for `bytes`, the largest block of which takes `largestBytes`. */
export function mustHaveRoom(call: Call, bytes: number, largestBytes = bytes): void {
  if (bytes > FEW_BYTES && !call.keyspace.arena.hasRoom(bytes, largestBytes)) {
    throw errors.outOfMemory;
  }
}

/** Throws if there is no memory for a copy of each of these values; 0 is none. O(blocks), a small part of what copying takes. */
export function mustHaveRoomForCopies(call: Call, entries: readonly Address[]): void {
  const { arena } = call.keyspace;
  let [bytes, largest, elements] = [0, 0, 0];
  for (const entry of entries) {
    if (entry === 0) continue;
    elements += call.keyspace.operations(entry).count(entry);
    for (const block of call.keyspace.entryBlocks(entry)) {
      const size = arena.sizeOf(block);
      bytes += size;
      largest = Math.max(largest, size);
    }
  }
  mustHaveRoom(call, COPY_FACTOR * bytes + BYTES_BESIDE_ELEMENT * elements, largest);
}
