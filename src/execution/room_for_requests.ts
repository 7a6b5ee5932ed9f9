/**
 * Checks before a request runs whether there is memory for it, because a command that runs out of memory in the middle of a change cannot
 * go back.
 *
 * Small requests are not checked. If memory runs out during one, the arena's reserve lets it go on to its end (`arena/page_pool.ts`), and
 * the requests behind it are refused here until there is a reserve again. A large request may need more than the reserve, so it runs only
 * if there is memory for everything that it brings along.
 *
 * @module
 */
import type { Arena } from "../arena/arena.ts";
import type { Client } from "../clients/client.ts";
import type { Command } from "../command/command.ts";
import { Flag } from "../command/command_flags.ts";
import type { Arguments } from "../resp/arguments.ts";
import { isExec, mayNeedMemory } from "./request_flags.ts";

/** A request is large with more words or bytes than this. */
const MANY_WORDS = 256;
const MANY_BYTES = 32768;
/** Most bytes that a word may take besides two copies of its own bytes, which may exist for a moment. */
const BYTES_BESIDE_WORD = 128;

/** The part of the arena that is used here. */
export type RoomForRequests = Pick<Arena, "isExhausted" | "recover" | "hasRoom">;

/** Whether a request may need more memory than the reserve has. For a transaction that is not known yet. */
export function isLarge(client: Client, command: Command, args: Arguments): boolean {
  return isManyOrLong(args) || isExec(client, command);
}

/** Whether a request has many words or many bytes. */
export function isManyOrLong(args: Arguments): boolean {
  return args.count > MANY_WORDS || args.spannedBytes > MANY_BYTES;
}

/** Whether there is memory for a request. Only needed for one that {@link isLarge}, or while memory is exhausted. */
export function fits(
  arena: RoomForRequests,
  client: Client,
  command: Command,
  args: Arguments,
): boolean {
  const needsMemory = mayNeedMemory(client, command);
  if (arena.isExhausted && !arena.recover()) return !needsMemory && !takesWithoutGiving(command);
  if (!needsMemory) return true;
  let [bytes, longest] = [0, 0];
  const requests = isExec(client, command) ? client.transaction!.requests() : [args];
  for (const args of requests) {
    bytes += 2 * args.totalBytes + BYTES_BESIDE_WORD * args.count;
    longest = Math.max(longest, args.longestBytes + BYTES_BESIDE_WORD);
  }
  return bytes <= MANY_BYTES || arena.hasRoom(bytes, longest);
}

/** Whether a command changes keys and never deletes any (EXPIRE). It may need a little memory, though `maxmemory` does not refuse it. */
function takesWithoutGiving({ flags, spec: { keys } }: Command): boolean {
  if ((flags & Flag.write) === 0 || keys === undefined) return false;
  return !keys.some((key) => key.flags.includes("delete"));
}
