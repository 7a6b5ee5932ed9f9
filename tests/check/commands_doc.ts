/**
 * Writes docs/COMMANDS.md from the specs of the commands, or with `--check` says whether it is up to date.
 *
 *     deno run --allow-read --allow-write=docs tests/check/commands_doc.ts
 *
 * @module
 */
import { type CommandGroup, groupTitles } from "../../src/command/command_groups.ts";
import type { CommandSpec } from "../../src/command/spec.ts";
import { commandSpecs } from "../../src/commands/mod.ts";
import { commandFiles, fileOf } from "./command_files.ts";
import { writeOrCheck } from "./generated_doc.ts";

/** The version of Redis whose commands these are; what came later is said to be of that version. */
const VERSION = 7.2;

const files = await commandFiles();

function row(spec: CommandSpec, container?: CommandSpec): string {
  const name = container === undefined ? spec.name : `${container.name} ${spec.name}`;
  const path = fileOf(files, spec, container);
  const link = `[${path.slice("src/commands/".length)}](../${path})`;
  return `| ${name.toUpperCase()} | ${spec.since} | ${difference(spec)} | ${link} |`;
}

function difference({ since, differs }: CommandSpec): string {
  if (parseFloat(since) <= VERSION) return differs ?? "";
  const later = `not in ${VERSION}`;
  return differs === undefined ? later : `${later}; ${differs}`;
}

function rows(spec: CommandSpec): string[] {
  return [row(spec), ...inOrder(spec.subcommands ?? []).map((sub) => row(sub, spec))];
}

function inOrder(specs: readonly CommandSpec[]): CommandSpec[] {
  return specs.toSorted((a, b) => a.name < b.name ? -1 : 1);
}

function section(group: CommandGroup): string {
  const specs = inOrder(commandSpecs.filter((spec) => spec.group === group));
  return `## ${groupTitles[group]}

| command | since | otherwise than in ${VERSION} | file |
| --- | --- | --- | --- |
${specs.flatMap(rows).join("\n")}
`;
}

const groups = Object.keys(groupTitles) as CommandGroup[];

const text = `# Commands

${commandSpecs.length} commands, with the version of Redis that brought each, what a user of Redis ${VERSION} finds otherwise here, and the file that
holds it. Where nothing is said, replies and errors are those of ${VERSION}; a HELP is in words of our own.
Made by \`tests/check/commands_doc.ts\` from the specs.

All commands of Redis ${VERSION} are there.

${groups.map(section).join("\n")}`;

writeOrCheck("COMMANDS.md", "commands_doc.ts", text);
