/**
 * The commands that ACL rules may name: the existing ones, under their own names whatever `rename-command` calls them, and the planned
 * ones.
 *
 * @module
 */
import type { AclCommand, AclCommands } from "../acl/selector.ts";
import { type CommandTable, lookUp } from "./command_table.ts";
import { plannedCommands } from "./planned_commands.ts";

/** The commands of one server, as its ACL sees them. */
export class AclCatalog implements AclCommands {
  readonly #byName: ReadonlyMap<string, AclCommand>;

  constructor(commands: CommandTable) {
    const present = [...commands.all].map((command) => [command.fullName, command] as const);
    this.#byName = new Map([...plannedCommands, ...present]);
  }

  *withSubcommands(): Generator<AclCommand> {
    for (const command of this.#byName.values()) {
      yield command;
      if (command.subcommands !== undefined) yield* command.subcommands.values();
    }
  }

  byName(name: string): AclCommand | undefined {
    return lookUp(this.#byName, name);
  }

  inCategory(category: string): AclCommand[] {
    return [...this.withSubcommands()].filter(({ categories }) => categories.includes(category));
  }
}
