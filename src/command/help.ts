/**
 * HELP subcommands, made from the specs of the other subcommands.
 *
 * @module
 */
import type { Call } from "./call.ts";
import { err, type ReplyError } from "./errors.ts";
import type { AclCategory } from "./acl_categories.ts";
import type { CommandGroup } from "./command_groups.ts";
import { command, type CommandSpec } from "./spec.ts";

const WIDTH = 76;

/** The lines of a container's HELP: each subcommand with its syntax and its summary. */
export function helpLines(container: string, subcommands: readonly CommandSpec[]): string[] {
  const lines = [
    `${container.toUpperCase()} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`,
  ];
  for (const { name, syntax, summary } of subcommands) {
    lines.push(syntax === undefined ? name.toUpperCase() : `${name.toUpperCase()} ${syntax}`);
    lines.push(...wrap(summary));
  }
  return [...lines, "HELP", "    Print this help."];
}

/** The error for a subcommand whose arguments make no sense. */
export function subcommandSyntax({ args, command }: Call): ReplyError {
  const container = command.parent!.spec.name.toUpperCase();
  const given = args.quoted(1);
  return err(
    `unknown subcommand or wrong number of arguments for '${given}'. Try ${container} HELP.`,
  );
}

/** Declares the HELP subcommand of a container. */
export function helpCommand(
  container: string,
  group: CommandGroup,
  since: string,
  subcommands: readonly CommandSpec[],
  categories: readonly AclCategory[] = [],
): CommandSpec {
  return command({
    name: "help",
    group,
    summary: "Lists the subcommands.",
    since,
    complexity: "O(1)",
    arity: 2,
    flags: ["loading", "stale"],
    categories,
    run({ reply }) {
      const lines = helpLines(container, subcommands);
      reply.array(lines.length);
      for (const line of lines) reply.simple(line);
    },
  });
}

function wrap(text: string): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines[lines.length - 1];
    if (line !== "" && line.length + word.length >= WIDTH) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return lines.map((line) => `    ${line}`);
}
