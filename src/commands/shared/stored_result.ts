/**
 * Storing a result under a key, in place of whatever is there: what SORT, ZRANGESTORE, SUNIONSTORE, GEOSEARCHSTORE and their like have in common.
 *
 * @module
 */
import type { KeyEventClass } from "../../changes/key_events.ts";
import type { Call } from "../../command/call.ts";

/** A result that is about to become a key's value. */
export interface Result {
  /** How many elements it has, which is the reply. Without any the key is deleted. */
  readonly count: number;
  /** What keyspace notifications say of it. */
  readonly eventClass: KeyEventClass;
  /** See {@link eventClass}. */
  readonly event: string;
  /** What it adds to the changes since the last save; 1 if nothing is said. */
  readonly changes?: number;
  /** Makes it the value of the key. */
  store(): void;
}

/** Makes a result the value of the key in argument `i`, and replies with its size. */
export function storeResult(call: Call, i: number, result: Result): undefined {
  const { count, eventClass, event, changes } = result;
  if (count === 0) return storeNothing(call, i);
  result.store();
  call.keyChanged(i, eventClass, event, changes);
  call.reply.integer(count);
}

/** Deletes the key in argument `i`, which may have expired, because the result is empty; replies with 0. */
export function storeNothing(call: Call, i: number): undefined {
  const { bytes, starts, lengths } = call.args;
  const old = call.db.peek(bytes, starts[i], lengths[i]);
  if (old !== 0) {
    call.db.delete(old);
    call.keyChanged(i, "generic", "del");
  }
  call.reply.integer(0);
}
