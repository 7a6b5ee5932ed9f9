import type { Address } from "../../arena/memory.ts";
import type { Call } from "../../command/call.ts";
import { err, type ReplyError } from "../../command/errors.ts";
import { StreamId } from "../../encodings/stream_id.ts";
import { replyEntryWithId } from "./entries.ts";
import { propagatePending } from "./groups.ts";
import { replyId } from "./ids.ts";

/** The error for an invalid argument of XCLAIM or XAUTOCLAIM. */
export function invalid(what: string, name: string): ReplyError {
  return err(`Invalid ${what} argument for ${name}`);
}

/** Replies with a claimed entry: its id only, or all of it. */
export function replyClaimed(call: Call, stream: Address, id: StreamId, isJustId: boolean): void {
  if (isJustId) replyId(call, id);
  else replyEntryWithId(call, stream, id);
}

/** Removes a pending entry that is no longer in the stream, and propagates an XCLAIM that has the same effect. */
export function forget(call: Call, group: Address, pending: Address): void {
  propagatePending(call, 1, group, pending);
  call.keyspace.streams.groups.removePending(group, pending);
  call.countChanges(1);
}
