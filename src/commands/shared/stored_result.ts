/**
 * Storing a result under a key in place of whatever it holds: the common part of SORT, ZRANGESTORE, SUNIONSTORE, GEOSEARCHSTORE and similar
 * commands.
 *
 * @module
 */
import type { KeyEventClass } from "../../changes/key_events.ts";
import type { Call } from "../../command/call.ts";

/** A result that is about to become a key's value. */
export interface Result {
  /** The number of elements, which is the reply. If it is 0 the key is deleted. */
  readonly count: number;
  /** The class of its event in keyspace notifications. */
  readonly eventClass: KeyEventClass;
  /** The name of its event. */
  readonly event: string;
  /** How much it adds to the changes since the last save; 1 by default. */
  readonly changes?: number;
  /** Stores the result as the value of the key. */
  store(): void;
}

/** Stores a result under the key in argument `i`, and replies with its size. */
export function storeResult(call: Call, i: number, result: Result): undefined {
  const { count, eventClass, event, changes } = result;
  if (count === 0) return storeNothing(call, i);
  result.store();
  call.keyChanged(i, eventClass, event, changes);
  call.reply.integer(count);
}

/** Deletes the key in argument `i`, even if it has expired, because the result is empty; replies with 0. */
export function storeNothing(call: Call, i: number): undefined {
  const { bytes, starts, lengths } = call.args;
  const old = call.db.peek(bytes, starts[i], lengths[i]);
  if (old !== 0) {
    call.db.delete(old);
    call.keyChanged(i, "generic", "del");
  }
  call.reply.integer(0);
}
