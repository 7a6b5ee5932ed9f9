/**
 * The errors for requests that name no command or have too few or too many words, and for a refused EXEC.
 *
 * @module
 */
import type { Command } from "../command/command.ts";
import type { CommandTable } from "../command/command_table.ts";
import { err, ReplyError } from "../command/errors.ts";
import type { Arguments } from "../resp/arguments.ts";
import { SlotRefusal } from "./slot_rules.ts";

/** Most bytes of a request that the error about an unknown command quotes. */
const QUOTED_BYTES = 128;

/** The error for a request with a wrong number of words. */
export function wrongArity(command: Command): ReplyError {
  return err(`wrong number of arguments for '${command.fullName}' command`);
}

/** The error for EXEC if it is refused. A client that asks the wrong node must be told so in the words that it knows. */
export function execAbort(refusal: ReplyError): ReplyError {
  if (refusal instanceof SlotRefusal) return refusal;
  const reason = refusal.message.replace(/^ERR /, "");
  return new ReplyError(`EXECABORT Transaction discarded because of: ${reason}`);
}

/** The error for a request that names no command, or no subcommand of a container. */
export function unknownCommand(commands: CommandTable, args: Arguments): ReplyError {
  const container = commands.find(args);
  if (container !== undefined) {
    const name = container.spec.name.toUpperCase();
    return err(`unknown subcommand '${args.quoted(1)}'. Try ${name} HELP.`);
  }
  let quoted = "";
  for (let i = 1; i < args.count && quoted.length < QUOTED_BYTES; i++) {
    quoted += `'${args.quoted(i, QUOTED_BYTES - quoted.length)}' `;
  }
  return err(`unknown command '${args.quoted(0)}', with args beginning with: ${quoted}`);
}
