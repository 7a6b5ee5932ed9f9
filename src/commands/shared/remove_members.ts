/**
 * Removing members from a collection: the common part of HDEL, SREM and ZREM.
 *
 * @module
 */
import type { Address } from "../../arena/memory.ts";
import type { Database } from "../../keyspace/database.ts";
import type { ByteRange } from "../../lib/bytes.ts";
import type { Call } from "../../command/call.ts";
import type { KeyEventClass } from "../../changes/key_events.ts";
import { deleteEmptied } from "./emptied_key.ts";

/** A type whose members are found by their bytes. */
interface Members {
  find(entry: Address, member: ByteRange): number;
  remove(database: Database, entry: Address, handle: number): Address;
  count(entry: Address): number;
}

/**
 * Removes the members in the arguments from 2 on from the collection `found` under the key in argument 1, and deletes the key with the last
 * member. Replies with the number of removed members.
 */
export function removeMembers(
  call: Call,
  members: Members,
  found: Address,
  eventClass: KeyEventClass,
  event: string,
): undefined {
  const { args, db, reply } = call;
  let entry = found;
  let removed = 0;
  let left = found === 0 ? 0 : members.count(found);
  for (let i = 2; i < args.count && left > 0; i++) {
    const handle = members.find(entry, call.range(i));
    if (handle === 0) continue;
    entry = members.remove(db, entry, handle);
    removed++;
    left--;
  }
  if (removed > 0) {
    call.keyChanged(1, eventClass, event, removed);
    if (left === 0) deleteEmptied(call, 1, entry);
  }
  reply.integer(removed);
}
