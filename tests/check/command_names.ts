/**
 * Checks that every command is in a file where a reader looks for it. The file is named after the command, after its container
 * (`object.ts`, `client_commands.ts`, `client_kill.ts`), or after a word that the command's name contains (`expire.ts` holds PEXPIREAT); or it is named after
 * another command and says so in its first line: `INCR and its family: DECR, DECRBY.`
 * No file among the commands has the name of another file of the server.
 *
 *     deno run --allow-read tests/check/command_names.ts
 *
 * @module
 */
import type { CommandSpec } from "../../src/command/spec.ts";
import { commandSpecs } from "../../src/commands/mod.ts";
import { commandFiles } from "./command_files.ts";
import { readSource, sourceFiles } from "./source_files.ts";

const FAMILY = /^\/\*\*\s+(?:\* )?([A-Z_]+) and its family: ([A-Z_, ]+)\./;

const problems: string[] = [];

function containerOf(spec: CommandSpec): CommandSpec | undefined {
  return commandSpecs.find(({ subcommands }) => subcommands?.includes(spec));
}

/** Whether a file's name leads to a command without a word in its header. */
function isNamedAfter(stem: string, spec: CommandSpec): boolean {
  const container = containerOf(spec)?.name;
  if (container !== undefined) return stem === container || stem.startsWith(`${container}_`);
  if (spec.subcommands !== undefined && stem === `${spec.name}_commands`) return true;
  return spec.name.replaceAll("-", "_").includes(stem);
}

function check(path: string, specs: readonly CommandSpec[]): void {
  const stem = /([^/]+)\.ts$/.exec(path)![1];
  const [, head = "", names = ""] = FAMILY.exec(readSource(path)) ?? [];
  const family = names === "" ? [] : names.split(", ");
  const others = specs.filter((spec) => !isNamedAfter(stem, spec))
    .map(({ name }) => name.toUpperCase());
  for (const name of others) {
    if (!family.includes(name)) {
      problems.push(`${path} holds ${name}: give it a file of its own, or name it as family`);
    }
  }
  for (const name of family) {
    if (!others.includes(name)) problems.push(`${path} needs not name ${name} as family`);
  }
  if (family.length > 0 && head.toLowerCase() !== stem) {
    problems.push(`${path} is not named after ${head}, which has the family`);
  }
}

function checkNamesakes(): void {
  const byName = new Map<string, string>();
  for (const path of sourceFiles("src")) {
    const name = path.slice(path.lastIndexOf("/") + 1);
    const namesake = byName.get(name);
    if (name === "mod.ts" || path.startsWith("src/std/")) continue;
    if ([path, namesake].some((file) => file?.startsWith("src/commands/")) && namesake) {
      problems.push(`${path} has the name of ${namesake}`);
    }
    byName.set(name, path);
  }
}

for (const [path, specs] of await commandFiles()) check(path, specs);
checkNamesakes();
for (const problem of problems) console.error(problem);
console.log(
  problems.length === 0
    ? "Commands: each is in a file that its name leads to."
    : `${problems.length} faults`,
);
if (problems.length > 0) Deno.exit(1);
