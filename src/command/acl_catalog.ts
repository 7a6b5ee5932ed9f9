/**
 * The commands that ACL rules may name, under their own names whatever `rename-command` calls them.
 *
 * @module
 */
import type { AclCommand, AclCommands } from "../acl/selector.ts";
import { type CommandTable, lookUp } from "./command_table.ts";

/** The commands of one server, as its ACL sees them. */
export class AclCatalog implements AclCommands {
  readonly #byName: ReadonlyMap<string, AclCommand>;

  constructor(commands: CommandTable) {
    this.#byName = new Map([...commands.all].map((command) => [command.fullName, command]));
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
