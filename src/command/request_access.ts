/**
 * The keys and channels that a request touches, as ACL rules see them.
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
import { lowerAscii } from "../lib/bytes.ts";
import type { Arguments } from "../resp/arguments.ts";
import type { Command } from "./command.ts";
import { keyPositions } from "./key_positions.ts";
import type { KeyFlag } from "./spec_for.ts";

/** Everything that a request asks for. */
export function wantedBy(command: Command, args: Arguments): Wanted {
  return {
    command,
    firstArgument: args.count > 1 ? lowerAscii(args.text(1)) : undefined,
    keys: touchedKeys(command, args),
    channels: touchedChannels(command, args),
  };
}

/** Says why a request was denied to a user. `detail` is the key or channel, if the reader may see it. */
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

function touchedKeys({ spec }: Command, args: Arguments): TouchedKey[] {
  return keyPositions(spec, args)
    .map(({ index, flags }) => ({ index, key: args.text(index), access: accessOf(flags) }));
}

function accessOf(flags: readonly KeyFlag[]): number {
  const reads = flags.includes("access");
  const writes = (["insert", "delete", "update"] as const).some((flag) => flags.includes(flag));
  return (reads ? KeyAccess.Read : 0) | (writes ? KeyAccess.Write : 0);
}

function touchedChannels({ spec }: Command, args: Arguments): TouchedChannel[] {
  if (spec.channels === undefined) return [];
  const last = spec.channels === "first" ? 1 : args.count - 1;
  const channels: TouchedChannel[] = [];
  for (let index = 1; index <= last; index++) {
    channels.push({ index, channel: args.text(index), isPattern: spec.channels === "patterns" });
  }
  return channels;
}
