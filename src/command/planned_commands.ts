/**
 * The commands of Redis 7.2 that this version does not have yet. Configurations name them all the same, in ACL rules and `rename-command`,
 * and such lines must mean here what they mean there, also once the command exists. Whoever adds a command takes it off this list.
 *
 * @module
 */
import type { AclCommand } from "../acl/selector.ts";

const ADMIN = "admin slow dangerous";

/** Each command with its ACL categories. A line of subcommands has their container, their categories and their names. */
const COMMANDS: Readonly<Record<string, string>> = {
  fcall: "slow scripting",
  fcall_ro: "slow scripting",
  function: "slow",
  psync: ADMIN,
  replconf: ADMIN,
  sync: ADMIN,
};
const SUBCOMMANDS: readonly (readonly [container: string, categories: string, names: string])[] = [
  ["function", "slow scripting", "dump help kill list stats"],
  ["function", "write slow scripting", "delete flush load restore"],
];

class PlannedCommand implements AclCommand {
  readonly subcommands: Map<string, PlannedCommand> | undefined;
  readonly categories: readonly string[];

  constructor(
    readonly id: number,
    readonly fullName: string,
    categories: string,
    readonly parent?: PlannedCommand,
  ) {
    this.categories = categories.split(" ").map((category) => `@${category}`);
    const isContainer = SUBCOMMANDS.some(([container]) => container === fullName);
    this.subcommands = isContainer ? new Map() : undefined;
  }
}

function makeAll(): Map<string, AclCommand> {
  // Existing commands have ids from 1 upwards, planned ones from -1 downwards.
  let id = 0;
  const all = new Map<string, PlannedCommand>();
  for (const [name, categories] of Object.entries(COMMANDS)) {
    all.set(name, new PlannedCommand(--id, name, categories));
  }
  for (const [name, categories, subcommands] of SUBCOMMANDS) {
    const container = all.get(name)!;
    for (const word of subcommands.split(" ")) {
      const subcommand = new PlannedCommand(--id, `${name}|${word}`, categories, container);
      container.subcommands!.set(word, subcommand);
    }
  }
  return all;
}

/** The planned commands by name, with their subcommands. */
export const plannedCommands: ReadonlyMap<string, AclCommand> = makeAll();
