/**
 * The words of a request as MONITOR and the slow log show them.
 *
 * @module
 */
import type { Arguments } from "../resp/arguments.ts";

/** The first `limit` words of a request, a character for each byte, without those whose places are in `secrets`. */
export function shownWords(
  args: Arguments,
  secrets: readonly number[],
  limit: number = args.count,
): string[] {
  return Array.from(
    { length: Math.min(args.count, limit) },
    (_, i) => secrets.includes(i) ? "(redacted)" : args.text(i),
  );
}
