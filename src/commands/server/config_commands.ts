import type { AdminContext } from "../../command/context.ts";
import { ChangeError, findDirective } from "../../config/config.ts";
import type { Arguments } from "../../resp/arguments.ts";
import { err, errors } from "../../command/errors.ts";
import { helpCommand } from "../../command/help.ts";
import { wordsFrom } from "../../command/secrets.ts";
import type { CommandFlag } from "../../command/command_flags.ts";
import { adminCommand, type CommandSpec } from "../../command/spec.ts";

const FLAGS: readonly CommandFlag[] = ["admin", "noscript", "loading", "stale"];
const base = { group: "server", since: "2.0.0", flags: FLAGS } as const;

const get = adminCommand({
  ...base,
  name: "get",
  summary: "Shows the values of directives whose names match patterns.",
  history: [
    { since: "7.0.0", change: "Takes several patterns.", arityBefore: 3 },
  ],
  complexity: "O(N) where N is the number of directives",
  arity: -3,
  syntax: "parameter [parameter ...]",
  run({ args, reply, server }) {
    const found = new Map<string, string>();
    for (let i = 2; i < args.count; i++) {
      for (const [name, value] of server.config.match(args.text(i))) found.set(name, value);
    }
    reply.map(found.size);
    for (const [name, value] of found) {
      reply.bulkText(name);
      reply.bulkText(value);
    }
  },
});

/** Whether data is being loaded, in place of the present data or beside it. */
function isLoading({ admission }: AdminContext): boolean {
  return admission.isLoading || admission.isLoadingAside;
}

function splitList(value: string): string[] {
  return value === "" ? [] : value.split(" ");
}

/**
 * The places of the values of secret directives. The values of unknown directives count too, since these may be misspelt secret ones. If a
 * word is missing somewhere, all words count.
 */
function secretValues(args: Arguments): number[] {
  const words = wordsFrom(args, 2);
  if (words.length % 2 !== 0) return words;
  return words.filter((i) => i % 2 !== 0 && (findDirective(args.text(i - 1))?.isSecret ?? true));
}

const set = adminCommand({
  ...base,
  name: "set",
  summary: "Changes directives, all of them or none.",
  history: [
    { since: "7.0.0", change: "Sets several directives at once.", arityBefore: 4 },
  ],
  complexity: "O(N) where N is the number of directives",
  arity: -4,
  tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
  syntax: "<parameter value> [<parameter value> ...]",
  secrets: secretValues,
  run(call) {
    const { args, client, reply, server } = call;
    if (args.count % 2 !== 0) throw errors.syntax;
    const changes = [];
    for (let i = 2; i < args.count; i += 2) {
      const name = args.text(i);
      const directive = findDirective(name);
      if (directive === undefined) {
        throw err(`Unknown option or number of arguments for CONFIG SET - '${args.quoted(i)}'`);
      }
      if (directive.isFixedWhileLoading && isLoading(server)) throw errors.loading;
      const value = args.text(i + 1);
      changes.push({ name, words: directive.takesWords ? splitList(value) : [value] });
    }
    try {
      server.config.setAll(changes, server.control.isAllowed("enable-protected-configs", client));
    } catch (error) {
      if (!(error instanceof ChangeError)) throw error;
      const about = `possibly related to argument '${error.directive}'`;
      throw err(`CONFIG SET failed (${about}) - ${error.message}`);
    }
    reply.ok();
  },
});

const resetstat = adminCommand({
  ...base,
  name: "resetstat",
  summary: "Sets the counters that INFO shows to zero.",
  complexity: "O(1)",
  arity: 2,
  tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
  run({ reply, server }) {
    server.control.resetStats();
    reply.ok();
  },
});

const rewrite = adminCommand({
  ...base,
  name: "rewrite",
  summary: "Writes the values that hold now into the configuration file.",
  since: "2.8.0",
  complexity: "O(1)",
  arity: 2,
  tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
  run({ reply, server }) {
    const problem = server.control.rewriteConfig();
    if (problem !== undefined) throw err(problem);
    reply.ok();
  },
});

const subcommands = [get, resetstat, rewrite, set];

/** CONFIG: shows and changes the server's configuration. */
export const config: CommandSpec = adminCommand({
  name: "config",
  group: "server",
  summary: "Shows and changes the server's configuration.",
  since: "2.0.0",
  complexity: "Depends on the subcommand.",
  arity: -2,
  flags: [],
  subcommands: [...subcommands, helpCommand("config", "server", "5.0.0", subcommands)],
});
