/**
 * Asking for memory before a change begins, in commands that may need much more memory than their request has bytes: for what they copy, or
 * for a string that grows. In the middle of a change it would be too late (`execution/room_for_requests.ts`).
 *
 * @module
 */
import type { Address } from "../../arena/memory.ts";
import type { Call } from "../../command/call.ts";
import { errors } from "../../command/errors.ts";

/** Less memory than this need not be asked for, because the arena's reserve covers it. */
const FEW_BYTES = 65536;
/** How much larger a copy may be than its original: a dict has room for more elements than it holds, and members may get scores. */
const COPY_FACTOR = 2;
const BYTES_BESIDE_ELEMENT = 64;

/** Throws if there is no memory for `bytes`, with a largest block of `largestBytes`. */
export function mustHaveRoom(call: Call, bytes: number, largestBytes = bytes): void {
  if (bytes > FEW_BYTES && !call.keyspace.arena.hasRoom(bytes, largestBytes)) {
    throw errors.outOfMemory;
  }
}

/**
 * Throws if there is no memory for copies of these values; 0 stands for no value. O(blocks), which is a small part of the time that copying
 * takes.
 */
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
