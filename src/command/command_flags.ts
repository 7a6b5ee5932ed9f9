/**
 * The flags of commands, which admission, witnesses and clients depend on.
 *
 * @module
 */

/** A bit for each flag, under the word that COMMAND INFO has for it. COMMAND INFO does not show the flags from `may_replicate` on. */
export const Flag = {
  write: 1 << 0,
  readonly: 1 << 1,
  denyoom: 1 << 2,
  admin: 1 << 3,
  pubsub: 1 << 4,
  noscript: 1 << 5,
  blocking: 1 << 6,
  loading: 1 << 7,
  stale: 1 << 8,
  skip_monitor: 1 << 9,
  skip_slowlog: 1 << 10,
  asking: 1 << 11,
  fast: 1 << 12,
  no_auth: 1 << 13,
  no_mandatory_keys: 1 << 14,
  no_async_loading: 1 << 15,
  no_multi: 1 << 16,
  allow_busy: 1 << 17,
  movablekeys: 1 << 18,
  may_replicate: 1 << 19,
  /** Runs at once inside a transaction and is not queued: it ends the transaction, or is refused there. */
  never_queued: 1 << 20,
  /** May run while a client that speaks RESP2 is subscribed to something. */
  for_subscribers: 1 << 21,
} as const;

/** One of the words of {@link Flag}. */
export type CommandFlag = keyof typeof Flag;

/** The bits of several flags. */
export function bitsOf(flags: readonly CommandFlag[]): number {
  return flags.reduce((bits, flag) => bits | Flag[flag], 0);
}

/** Whether COMMAND INFO shows a flag. */
export function isShown(flag: CommandFlag): boolean {
  return Flag[flag] < Flag.may_replicate;
}
