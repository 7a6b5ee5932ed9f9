/**
 * The timeouts of commands that wait.
 *
 * @module
 */
import type { Call } from "../../command/call.ts";
import { errors } from "../../command/errors.ts";

const INT64_MAX = 2 ** 63;

/** The timeout in argument `i`, in seconds with fractions, as a deadline in milliseconds since 1970; 0 is never. */
export function deadlineOfSeconds(call: Call, i: number): number {
  const timeoutMs = call.double(i, errors.timeoutNotFloat) * 1000;
  if (timeoutMs >= INT64_MAX) throw errors.timeoutOutOfRange;
  return deadlineAfter(call, Math.ceil(timeoutMs));
}

/** As {@link deadlineOfSeconds}, of whole milliseconds. */
export function deadlineOfMilliseconds(call: Call, i: number): number {
  return deadlineAfter(call, call.integer(i, errors.timeoutNotInteger));
}

function deadlineAfter(call: Call, timeoutMs: number): number {
  if (timeoutMs < 0) throw errors.timeoutNegative;
  if (timeoutMs === 0) return 0;
  const deadlineMs = call.nowMs + timeoutMs;
  if (deadlineMs >= INT64_MAX) throw errors.timeoutOutOfRange;
  return deadlineMs;
}
