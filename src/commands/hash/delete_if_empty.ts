import type { Address } from "../../arena/memory.ts";
import type { Call } from "../../command/call.ts";

/** Removes the key of a hash that has no fields left; whether it was. */
export function deleteIfEmpty(call: Call, entry: Address): boolean {
  if (call.server.keyspace.hashes.count(entry) > 0) return false;
  call.db.delete(entry);
  call.keyEvent(1, "generic", "del");
  return true;
}
