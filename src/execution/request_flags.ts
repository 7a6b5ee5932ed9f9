/**
 * The flags of a request: those of its command, or those of the commands in the transaction that it runs.
 *
 * @module
 */
import type { Client } from "../clients/client.ts";
import type { Command } from "../command/command.ts";
import { Flag } from "../command/command_flags.ts";
import type { ScriptControl } from "../command/context.ts";
import type { Arguments } from "../resp/arguments.ts";

/** Whether a command runs the transaction of its client. */
export function isExec({ transaction }: Client, { spec }: Command): boolean {
  return transaction !== undefined && spec.name === "exec";
}

/** The flags of a request, as bits. */
export function flagsOf(
  { flags, spec }: Command,
  args: Arguments,
  scripts: ScriptControl,
): number {
  return spec.flagsOf === undefined ? flags : spec.flagsOf(flags, args, scripts);
}

/** Whether a command has one of these flags, or a command of the transaction that it runs. */
export function hasFlag(client: Client, command: Command, wanted: number): boolean {
  if ((command.flags & wanted) !== 0) return true;
  return isExec(client, command) && (client.transaction!.flags & wanted) !== 0;
}

/** Whether a command may need more memory, by itself, because of the transaction that it runs, or because it is queued in one. */
export function mayNeedMemory(client: Client, command: Command): boolean {
  const isToBeQueued = client.transaction !== undefined && command.spec.name !== "exec" &&
    (command.flags & Flag.never_queued) === 0;
  return isToBeQueued || hasFlag(client, command, Flag.denyoom);
}

/** Whether a command (such as SCAN) deletes any expired key that it meets. These deletions do not belong together, and there may be many. */
export function touchesAnyKey({ flags, spec }: Command): boolean {
  return (flags & Flag.readonly) !== 0 && spec.keys === undefined;
}
