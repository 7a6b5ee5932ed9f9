/**
 * What scripts and functions may declare, and what that makes of the request that runs them.
 *
 * @module
 */
import { Flag } from "./command_flags.ts";

/** What a script may declare, as bits. */
export const ScriptFlag = {
  NoWrites: 1 << 0,
  AllowOom: 1 << 1,
  AllowStale: 1 << 2,
  NoCluster: 1 << 3,
  AllowCrossSlotKeys: 1 << 4,
} as const;

/** The flags of a request that runs a script: `flags` are its command's, and count only if the script declares nothing. */
export function flagsOfScript(flags: number, declared: number | undefined): number {
  if (declared === undefined) return flags;
  const isReader = (declared & ScriptFlag.NoWrites) !== 0;
  const needsMemory = !isReader && (declared & ScriptFlag.AllowOom) === 0;
  return flags & ~(Flag.stale | Flag.denyoom | Flag.write | Flag.may_replicate) |
    (isReader ? 0 : Flag.write) | (needsMemory ? Flag.denyoom : 0) |
    ((declared & ScriptFlag.AllowStale) !== 0 ? Flag.stale : 0);
}
