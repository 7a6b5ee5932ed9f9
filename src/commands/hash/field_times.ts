import type { Call } from "../../command/call.ts";
import { err, errors } from "../../command/errors.ts";
import { timeUnits } from "../shared/expire_time.ts";

/** The reply for a field that does not exist. */
export const NO_FIELD = -2;

/** The reply for a field without a TTL. */
export const NO_TTL = -1;

/** The latest deadline of a field, in milliseconds since 1970. */
const MAX_DEADLINE_MS = 2 ** 48 - 2;

/** How a command reads and shows times. */
interface TimeForm {
  /** Milliseconds in one unit. */
  readonly milliseconds: number;
  /** Whether it counts from 1970, not from now. */
  readonly isAbsolute: boolean;
}

/** The forms, by the word for them in the syntax of commands. */
export const TIME_FORMS = {
  seconds: { milliseconds: 1000, isAbsolute: false },
  milliseconds: { milliseconds: 1, isAbsolute: false },
  "unix-time-seconds": { milliseconds: 1000, isAbsolute: true },
  "unix-time-milliseconds": { milliseconds: 1, isAbsolute: true },
} as const;

/** The deadline that argument `i` means, in milliseconds since 1970. */
export function fieldDeadlineAt(call: Call, i: number, form: TimeForm): number {
  const amount = call.integer(i);
  if (amount < 0) throw err("invalid expire time, must be >= 0");
  const deadlineMs = amount * form.milliseconds + (form.isAbsolute ? 0 : call.nowMs);
  if (deadlineMs > MAX_DEADLINE_MS) {
    throw err(`invalid expire time in '${call.command.fullName}' command`);
  }
  return deadlineMs;
}

/** The deadline that the option in argument `i` gives with the argument behind it; undefined if it is no such option. */
export function deadlineOption(call: Call, i: number): number | undefined {
  const unit = timeUnits.find(({ token }) => call.args.is(i, token));
  if (unit === undefined) return undefined;
  if (i + 1 >= call.args.count) throw errors.syntax;
  return fieldDeadlineAt(call, i + 1, unit);
}
