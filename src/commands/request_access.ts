/**
 * What a request touches, as ACL rules see it: keys and channels.
 *
 * @module
 */
import {
  type Denial,
  KeyAccess,
  type TouchedChannel,
  type TouchedKey,
  type Wanted,
} from "../acl/selector.ts";
import type { User } from "../acl/user.ts";
import type { Command } from "./command.ts";
import { keyPositions } from "./key_positions.ts";
import type { KeyFlag } from "./spec.ts";

/** All that a request wants: `words` are its words. */
export function wantedBy(command: Command, words: readonly string[]): Wanted {
  return {
    command,
    firstArgument: words[1]?.toLowerCase(),
    keys: touchedKeys(command, words),
    channels: touchedChannels(command, words),
  };
}

/** Says why a user may not do what was asked; `detail` is the key or channel, for those who may know it. */
export function denialText(
  { name }: User,
  { fullName }: Command,
  { kind }: Denial,
  detail?: string,
): string {
  if (kind === "command") return `User ${name} has no permissions to run the '${fullName}' command`;
  if (detail === undefined) return `No permissions to access a ${kind}`;
  return `User ${name} has no permissions to access the '${detail}' ${kind}`;
}

function touchedKeys({ spec }: Command, words: readonly string[]): TouchedKey[] {
  const flagsNow = spec.keyFlagsOf?.(words);
  return (keyPositions(spec, words) ?? [])
    .map(({ index, flags }) => ({ index, flags: flagsNow ?? flags }))
    .filter(({ flags }) => !flags.includes("not_key"))
    .map(({ index, flags }) => ({ index, key: words[index], access: accessOf(flags) }));
}

function accessOf(flags: readonly KeyFlag[]): number {
  const reads = flags.includes("access");
  const writes = (["insert", "delete", "update"] as const).some((flag) => flags.includes(flag));
  return (reads ? KeyAccess.Read : 0) | (writes ? KeyAccess.Write : 0);
}

function touchedChannels({ spec }: Command, words: readonly string[]): TouchedChannel[] {
  if (spec.channels === undefined) return [];
  const last = spec.channels === "first" ? 1 : words.length - 1;
  const channels: TouchedChannel[] = [];
  for (let index = 1; index <= last; index++) {
    channels.push({ index, channel: words[index], isPattern: spec.channels === "patterns" });
  }
  return channels;
}
