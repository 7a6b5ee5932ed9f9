/**
 * What is thrown from the middle of a command, and leaves data that nobody can rely on.
 *
 * @module
 */
import { OutOfMemoryError } from "../arena/memory.ts";
import type { Command } from "../command/command.ts";
import { Flag } from "../command/command_flags.ts";
import { ReplyError } from "../command/errors.ts";
import { ReplyTooLarge } from "../resp/reply_buffer.ts";

const MAY_CHANGE_DATA = Flag.write | Flag.may_replicate;
/** If the machine cannot give a piece of memory smaller than this, nothing else would work either. */
const LARGE_BYTES = 2 ** 20;

/**
 * Why nobody can rely on the data any more after a command has thrown this; undefined if the data is unchanged. An error to reply never
 * comes behind a change; in tests the inspector checks that. So memory has run out in spite of `room_for_requests.ts`, or there is a bug.
 */
export function whatTears(
  command: Command,
  error: unknown,
  isUntouched: boolean,
): string | undefined {
  if (error instanceof ReplyError || error instanceof ReplyTooLarge) return undefined;
  const { flags, fullName } = command;
  if (error instanceof OutOfMemoryError) {
    const isHarmless = isUntouched && error.bytes >= LARGE_BYTES;
    const isTorn = (flags & Flag.readonly) === 0 && !isHarmless;
    return isTorn ? `Out Of Memory in '${fullName}': ${error.message}` : undefined;
  }
  if ((flags & MAY_CHANGE_DATA) === 0) return undefined;
  return `Internal error in '${fullName}', which may have changed a part of what it should: ${
    stackOf(error)
  }`;
}

/** The stack of an error, for the log. */
export function stackOf(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}
