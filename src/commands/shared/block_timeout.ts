/**
 * The timeouts of commands that wait.
 *
 * @module
 */
import { INT64_LIMIT, INT64_MAX } from "../../lib/integer.ts";
import { ceilLongDouble, multiplyLongDouble } from "../../lib/long_double.ts";
import type { Call } from "../../command/call.ts";
import { errors } from "../../command/errors.ts";

/** The timeout in argument `i`, in seconds with fractions, as a deadline in milliseconds since 1970; 0 is never. */
export function deadlineOfSeconds(call: Call, i: number): number {
  const seconds = call.args.integer(i);
  const timeoutMs = Number.isNaN(seconds) ? fractionalSeconds(call, i) : seconds * 1000;
  if (timeoutMs >= INT64_LIMIT) throw errors.timeoutOutOfRange;
  return deadlineAfter(call, timeoutMs);
}

/**
 * Seconds as milliseconds, rounded up. Redis 7.2 computes with long doubles here, so it accepts numbers that are too large or too small for
 * a double.
 */
function fractionalSeconds(call: Call, i: number): number {
  const seconds = call.longDouble(i, errors.timeoutNotFloat);
  if (typeof seconds === "number") return seconds;
  return Number(ceilLongDouble(multiplyLongDouble(seconds, 1000n), INT64_MAX));
}

/** As {@link deadlineOfSeconds}, for whole milliseconds. */
export function deadlineOfMilliseconds(call: Call, i: number): number {
  return deadlineAfter(call, call.integer(i, errors.timeoutNotInteger));
}

function deadlineAfter(call: Call, timeoutMs: number): number {
  if (timeoutMs < 0) throw errors.timeoutNegative;
  if (timeoutMs === 0) return 0;
  const deadlineMs = call.nowMs + timeoutMs;
  if (deadlineMs >= INT64_LIMIT) throw errors.timeoutOutOfRange;
  return deadlineMs;
}
