/**
 * The key that a command stores its result under, when there is no result.
 *
 * @module
 */
import type { Call } from "../../command/call.ts";

/** Deletes the key in argument `i`, which may have expired, because nothing is what replaces it; replies with 0. */
export function replaceByNothing(call: Call, i: number): undefined {
  const { bytes, starts, lengths } = call.args;
  const old = call.db.lookupExpired(bytes, starts[i], lengths[i]);
  if (old !== 0) {
    call.db.delete(old);
    call.keyChanged(i, "generic", "del");
  }
  call.reply.integer(0);
}
