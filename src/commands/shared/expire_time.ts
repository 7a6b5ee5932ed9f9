/**
 * Deadlines given as arguments: `EX seconds`, `PX milliseconds`, `EXAT`, `PXAT`.
 *
 * @module
 */
import type { Address } from "../../arena/memory.ts";
import { INT64_MAX, INT64_MIN, LARGEST_INT64_DOUBLE } from "../../lib/integer.ts";
import type { Call } from "../../command/call.ts";
import { err, type ReplyError } from "../../command/errors.ts";

/** The unit of a time in an argument. */
export interface TimeUnit {
  readonly token: string;
  /** Milliseconds in one unit. */
  readonly milliseconds: number;
  /** Whether it counts from 1970, not from now. */
  readonly isAbsolute: boolean;
}

/** The options that take a time, by token. */
export const timeUnits: readonly TimeUnit[] = [
  { token: "EX", milliseconds: 1000, isAbsolute: false },
  { token: "PX", milliseconds: 1, isAbsolute: false },
  { token: "EXAT", milliseconds: 1000, isAbsolute: true },
  { token: "PXAT", milliseconds: 1, isAbsolute: true },
];

/** The deadline that argument `i` means, in milliseconds since 1970. The argument must be positive, as in SET. */
export function positiveDeadline(call: Call, i: number, unit: TimeUnit): number {
  if (call.integer(i) <= 0) throw invalidExpireTime(call);
  return deadline(call, i, unit);
}

/** As {@link positiveDeadline}, for a time that may be negative, as in EXPIRE. */
export function deadline(call: Call, i: number, unit: TimeUnit): number {
  const milliseconds = call.integer(i) * unit.milliseconds;
  const fromMs = unit.isAbsolute ? 0 : call.nowMs;
  if (Number.isSafeInteger(milliseconds)) return fromMs + milliseconds;
  const exact = call.args.int64(i)! * BigInt(unit.milliseconds);
  const deadlineMs = exact + BigInt(fromMs);
  if (exact < INT64_MIN || exact > INT64_MAX || deadlineMs > INT64_MAX) {
    throw invalidExpireTime(call);
  }
  return latestDeadline(Number(deadlineMs));
}

/**
 * The deadline, or the latest one that files can hold: if the largest integer were rounded up, it would overflow and be a time that has
 * passed.
 */
export function latestDeadline(deadlineMs: number): number {
  return Math.min(deadlineMs, LARGEST_INT64_DOUBLE);
}

/** Deletes the key in argument 1, to which the client has given a deadline that has passed. */
export function deleteDue(call: Call, entry: Address): void {
  call.db.delete(entry);
  const isLazy = call.server.config.flag("lazyfree-lazy-expire");
  call.keyChanged(1, "generic", "del").propagateAs(isLazy ? "UNLINK" : "DEL", call.range(1));
}

/** The unit whose token is argument `i`, if another argument follows. */
export function timeUnitAt(call: Call, i: number): TimeUnit | undefined {
  if (i + 1 >= call.args.count) return undefined;
  return timeUnits.find((unit) => call.args.is(i, unit.token));
}

function invalidExpireTime(call: Call): ReplyError {
  return err(`invalid expire time in '${call.command.fullName}' command`);
}
