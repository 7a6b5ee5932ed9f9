import type { AdminCall } from "../../command/call.ts";
import { err } from "../../command/errors.ts";
import { helpCommand } from "../../command/help.ts";
import type { CommandFlag } from "../../command/command_flags.ts";
import { adminCommand, type CommandSpec } from "../../command/spec.ts";

const NOT_ALLOWED = "MODULE command not allowed. If the enable-module-command option is set to " +
  '"local", you can run it from a local connection, otherwise you need to set this option in the ' +
  "configuration file, and then restart the server.";

const CHANGE: readonly CommandFlag[] = ["no_async_loading", "admin", "noscript"];
const base = { group: "server", since: "4.0.0", complexity: "O(1)" } as const;

function checkAllowed({ client, server }: AdminCall): void {
  if (!server.control.isAllowed("enable-module-command", client)) throw err(NOT_ALLOWED);
}

function refuseToLoad(call: AdminCall): never {
  checkAllowed(call);
  throw err("Modules are not supported: they are native code");
}

const list = adminCommand({
  ...base,
  name: "list",
  summary: "Lists the modules that are loaded.",
  complexity: "O(N) where N is the number of modules",
  arity: 2,
  flags: ["admin", "noscript"],
  tips: ["nondeterministic_output_order"],
  run: ({ reply }) => reply.array(0),
});

const load = adminCommand({
  ...base,
  name: "load",
  summary: "Loads a module.",
  differs: "refused: modules are native code",
  arity: -3,
  flags: CHANGE,
  syntax: "path [arg [arg ...]]",
  run: refuseToLoad,
});

const loadex = adminCommand({
  ...base,
  name: "loadex",
  summary: "Loads a module with settings of its own.",
  differs: "refused: modules are native code",
  since: "7.0.0",
  arity: -3,
  flags: CHANGE,
  syntax: "path [CONFIG name value [CONFIG name value ...]] [ARGS args [args ...]]",
  run: refuseToLoad,
});

const unload = adminCommand({
  ...base,
  name: "unload",
  summary: "Unloads a module.",
  arity: 3,
  flags: CHANGE,
  syntax: "name",
  run(call) {
    checkAllowed(call);
    throw err("Error unloading module: no such module with that name");
  },
});

const subcommands = [list, load, loadex, unload];

/** MODULE: there are no modules, and none can be loaded, because those of Redis are native code. */
export const module: CommandSpec = adminCommand({
  name: "module",
  group: "server",
  summary: "Lists modules, of which there are none.",
  since: "4.0.0",
  complexity: "Depends on the subcommand.",
  arity: -2,
  flags: [],
  subcommands: [...subcommands, helpCommand("module", "server", "5.0.0", subcommands)],
});
