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
  /** The commands of each category that was asked for. */
  readonly #byCategory = new Map<string, readonly AclCommand[]>();

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

  inCategory(category: string): readonly AclCommand[] {
    const known = this.#byCategory.get(category);
    if (known !== undefined) return known;
    const all = [...this.withSubcommands()];
    const found = all.filter(({ categories }) => categories.includes(category));
    // Names of categories that do not exist must not add up.
    if (found.length > 0) this.#byCategory.set(category, found);
    return found;
  }
}
