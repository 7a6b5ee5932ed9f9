/**
 * What a script may run: the rules of `redis.call` that a request from a client does not have.
 *
 * @module
 */
import type { Client } from "../clients/client.ts";
import type { Command } from "../command/command.ts";
import { Flag } from "../command/command_flags.ts";
import { err, errors, type ReplyError } from "../command/errors.ts";
import type { Arguments } from "../resp/arguments.ts";

/** A script that runs, as far as it is asked what it may do. */
export interface RunningScript {
  /** Who its requests are run as: a client of no connection, with the user of whom the script runs for. */
  readonly client: Client;
  /** It may change nothing. */
  readonly isReadOnly: boolean;
  /** It may go on though there is no memory left. */
  readonly allowsOom: boolean;
  /** There was no memory left when it began. */
  readonly lacksMemory: boolean;
  /** It has run a command that may change data: now only its own errors end it, nothing that the server lacks. */
  hasWritten: boolean;
}

const unknown = err("Unknown Redis command called from script");
const wrongArity = err("Wrong number of args calling Redis command from script");
const notAllowed = err("This Redis command is not allowed from script");
const readOnly = err("Write commands are not allowed from read-only scripts.");

const MAY_CHANGE_DATA = Flag.write | Flag.may_replicate;

/** Why a request of a script is none, whoever sends it; undefined if it is one. `deniesToScripts`: some commands are not for scripts. */
export function malformed(
  command: Command | undefined,
  args: Arguments,
  deniesToScripts: boolean,
): ReplyError | undefined {
  if (command === undefined) return unknown;
  if (command.spec.run === undefined || !command.takes(args.count)) return wrongArity;
  return deniesToScripts && (command.flags & Flag.noscript) !== 0 ? notAllowed : undefined;
}

/** Why a script may not run a command; undefined if it may. `writeRefusal` tells why nobody may change data now. */
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
