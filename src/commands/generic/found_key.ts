import type { Address } from "../../arena/memory.ts";
import type { Call } from "../../command/call.ts";
import { matchesGlob } from "../../lib/glob.ts";

/** Replies with an entry's key as a bulk string. */
export function replyKey(call: Call, entry: Address): undefined {
  const key = call.keyspace.entries.key(entry);
  call.reply.bulk(key.bytes, key.start, key.length);
}

/** Whether an entry's key matches a glob. */
export function keyMatches(call: Call, entry: Address, pattern: Uint8Array): boolean {
  const key = call.keyspace.entries.key(entry);
  return matchesGlob(pattern, key.bytes, key.start, key.length);
}
