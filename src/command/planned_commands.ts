/**
 * The commands of Redis 7.2 that this version does not have yet. Configurations name them all the same, in ACL rules and `rename-command`,
 * and such lines must mean here what they mean there, also once the command exists. Whoever adds a command takes it off this list.
 *
 * @module
 */
import type { AclCommand } from "../acl/selector.ts";

const ADMIN = "admin slow dangerous";

/** Each command with its ACL categories. */
const COMMANDS: Readonly<Record<string, string>> = {
  psync: ADMIN,
  replconf: ADMIN,
  sync: ADMIN,
};

class PlannedCommand implements AclCommand {
  readonly subcommands: undefined = undefined;
  readonly parent: undefined = undefined;
  readonly categories: readonly string[];

  constructor(readonly id: number, readonly fullName: string, categories: string) {
    this.categories = categories.split(" ").map((category) => `@${category}`);
  }
}

function makeAll(): Map<string, AclCommand> {
  // Existing commands have ids from 1 upwards, planned ones from -1 downwards.
  let id = 0;
  const all = new Map<string, PlannedCommand>();
  for (const [name, categories] of Object.entries(COMMANDS)) {
    all.set(name, new PlannedCommand(--id, name, categories));
  }
  return all;
}

/** The planned commands by name. */
export const plannedCommands: ReadonlyMap<string, AclCommand> = makeAll();
