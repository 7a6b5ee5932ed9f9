/**
 * What a script may run: the rules that apply to `redis.call` and not to requests of clients.
 *
 * @module
 */
import type { Client } from "../clients/client.ts";
import type { Command } from "../command/command.ts";
import { Flag } from "../command/command_flags.ts";
import { err, errors, type ReplyError } from "../command/errors.ts";
import type { Arguments } from "../resp/arguments.ts";

/** A running script, as these rules see it. */
export interface RunningScript {
  /** The client that runs its requests. It has no connection, and the user of the client that the script runs for. */
  readonly client: Client;
  /** Whether it may change nothing. */
  readonly isReadOnly: boolean;
  /** Whether it may go on if there is no memory left. */
  readonly allowsOom: boolean;
  /** Whether it may use keys of several slots that it has not declared. */
  readonly mayCrossSlots: boolean;
  /** Whether there was no memory left when it began. */
  readonly lacksMemory: boolean;
  /** Whether it has run a command that may change data. From then on only its own errors end it, and no lack of the server. */
  hasWritten: boolean;
}

const unknown = err("Unknown Redis command called from script");
const wrongArity = err("Wrong number of args calling Redis command from script");
const notAllowed = err("This Redis command is not allowed from script");
const readOnly = err("Write commands are not allowed from read-only scripts.");

const MAY_CHANGE_DATA = Flag.write | Flag.may_replicate;

/**
 * Why a script's request is invalid, whoever the script runs for; undefined if it is valid. With `deniesToScripts` commands that are not
 * meant for scripts are refused.
 */
export function malformed(
  command: Command | undefined,
  args: Arguments,
  deniesToScripts: boolean,
): ReplyError | undefined {
  if (command === undefined) return unknown;
  if (!command.takes(args.count)) return wrongArity;
  return deniesToScripts && (command.flags & Flag.noscript) !== 0 ? notAllowed : undefined;
}

/** Why a script may not run a command; undefined if it may. `writeRefusal` says why nobody may change data now. */
export function refusalInScript(
  script: RunningScript,
  { flags }: Command,
  writeRefusal: () => ReplyError | undefined,
): ReplyError | undefined {
  if (script.isReadOnly && (flags & MAY_CHANGE_DATA) !== 0) return readOnly;
  if (script.hasWritten) return undefined;
  if ((flags & Flag.write) !== 0) {
    const refusal = writeRefusal();
    if (refusal !== undefined) return refusal;
  }
  const wantsMemory = (flags & Flag.denyoom) !== 0 && !script.allowsOom;
  return wantsMemory && script.lacksMemory ? errors.outOfMemory : undefined;
}
