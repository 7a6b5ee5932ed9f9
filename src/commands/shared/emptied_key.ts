/**
 * Deleting the key of a collection that has lost its last element.
 *
 * @module
 */
import type { Address } from "../../arena/memory.ts";
import type { Call } from "../../command/call.ts";

/**
 * Deletes the key in argument `i`, because none of its elements is to stay. Call it after `Call.keyChanged` has reported the removal of
 * elements; they need not have been removed one by one. With `later` the memory of a large value is freed in slices.
 */
export function deleteEmptied(call: Call, i: number, entry: Address, later = false): void {
  call.db.delete(entry, later);
  call.keyEvent(i, "generic", "del");
}

/** As {@link deleteEmptied}, if the collection has no elements. */
export function deleteIfEmpty(call: Call, i: number, entry: Address): void {
  if (call.keyspace.operations(entry).count(entry) === 0) deleteEmptied(call, i, entry);
}
