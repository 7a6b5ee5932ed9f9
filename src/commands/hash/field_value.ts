import type { Address } from "../../arena/memory.ts";
import type { Call } from "../../command/call.ts";

/** Replies with a field's value, or null. */
export function replyFieldValue(call: Call, entry: Address, handle: number): undefined {
  if (handle === 0) return call.reply.null();
  return call.replyRange(call.keyspace.hashes.value(entry, handle));
}
