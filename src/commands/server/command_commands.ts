import { fromLatin1 } from "../../lib/bytes.ts";
import { matchesGlob } from "../../lib/glob.ts";
import type { AdminCall } from "../../command/call.ts";
import type { Command } from "../../command/command.ts";
import { err, errors } from "../../command/errors.ts";
import { helpCommand } from "../../command/help.ts";
import { keyPositions } from "../../command/key_positions.ts";
import { adminCommand as declare, type CommandSpec, type KeyPosition } from "../../command/spec.ts";
import { replyCommandDocs, replyCommandInfo } from "./command_info.ts";

const base = {
  group: "server",
  flags: ["loading", "stale"],
  categories: ["connection"],
} as const;

const count = declare({
  ...base,
  name: "count",
  summary: "Counts the commands.",
  since: "2.8.13",
  complexity: "O(1)",
  arity: 2,
  run: ({ reply, server }) => reply.integer(server.commands.size),
});

/** The commands that the arguments from index 2 on name; all commands if there are no such arguments. */
function named(call: AdminCall): (Command | undefined)[] {
  const { args, server } = call;
  if (args.count === 2) return [...server.commands.all];
  return Array.from({ length: args.count - 2 }, (_, i) => server.commands.byName(args.text(i + 2)));
}

const info = declare({
  ...base,
  name: "info",
  summary: "Tells arity, flags, keys and categories of commands.",
  since: "2.8.13",
  history: [
    { since: "7.0.0", change: "Without names it tells of all commands.", arityBefore: -3 },
  ],
  complexity: "O(N) where N is the number of commands",
  arity: -2,
  tips: ["nondeterministic_output_order"],
  syntax: "[command-name [command-name ...]]",
  run(call) {
    const commands = named(call);
    call.reply.array(commands.length);
    for (const command of commands) {
      if (command === undefined) call.reply.null();
      else replyCommandInfo(call.reply, command);
    }
  },
});

const docs = declare({
  ...base,
  name: "docs",
  summary: "Tells what commands are for and what arguments they take.",
  differs: "summaries are other words, and there is no history",
  since: "7.0.0",
  complexity: "O(N) where N is the number of commands",
  arity: -2,
  tips: ["nondeterministic_output_order"],
  syntax: "[command-name [command-name ...]]",
  run(call) {
    const commands = named(call).filter((command) => command !== undefined);
    call.reply.map(commands.length);
    for (const command of commands) replyCommandDocs(call.reply, command);
  },
});

const list = declare({
  ...base,
  name: "list",
  summary: "Lists the names of commands, all or those of a category or pattern.",
  since: "7.0.0",
  complexity: "O(N) where N is the number of commands",
  arity: -2,
  tips: ["nondeterministic_output_order"],
  syntax: "[FILTERBY <MODULE module-name | ACLCAT category | PATTERN pattern>]",
  run(call) {
    const { args, reply, server } = call;
    let isWanted = (_: Command) => true;
    if (args.count === 5 && args.is(2, "FILTERBY")) {
      const value = args.text(4).toLowerCase();
      if (args.is(3, "MODULE")) isWanted = () => false;
      else if (args.is(3, "ACLCAT")) isWanted = (c) => c.categories.includes(`@${value}`);
      else if (args.is(3, "PATTERN")) {
        const pattern = fromLatin1(value);
        isWanted = (c) => matchesGlob(pattern, fromLatin1(c.fullName));
      } else throw errors.syntax;
    } else if (args.count !== 2) {
      throw errors.syntax;
    }
    const wanted = [...server.commands.withSubcommands()].filter(isWanted);
    reply.array(wanted.length);
    for (const { fullName } of wanted) reply.bulkText(fullName);
  },
});

/** The keys of the request that stands in the arguments from index 2 on. */
function keysOfRequest(call: AdminCall): KeyPosition[] {
  const { args, server } = call;
  const request = args.tail(2);
  const command = server.commands.resolve(request);
  if (command === undefined) throw err("Invalid command specified");
  const { flags, keys = [] } = command.spec;
  if (keys.every(({ flags }) => flags.includes("not_key"))) {
    throw err("The command has no key arguments");
  }
  if (!command.takes(request.count)) {
    throw err("Invalid number of arguments specified for command");
  }
  const positions = keyPositions(command.spec, request);
  if (positions.length === 0 && !flags.includes("no_mandatory_keys")) {
    throw err("Invalid arguments specified for command");
  }
  return positions.map(({ index, flags }) => ({ index: index + 2, flags }));
}

/** A request may be a name alone. */
const WITHOUT_ARGUMENTS = [{ since: "7.2.0", arityBefore: -4 }] as const;

const getkeys = declare({
  ...base,
  name: "getkeys",
  summary: "Lists the keys of a request.",
  since: "2.8.13",
  history: WITHOUT_ARGUMENTS,
  complexity: "O(N) where N is the number of arguments",
  arity: -3,
  syntax: "command [arg [arg ...]]",
  requestAt: 2,
  run(call) {
    const { args, reply } = call;
    const keys = keysOfRequest(call);
    reply.array(keys.length);
    for (const { index } of keys) reply.bulk(args.bytes, args.starts[index], args.lengths[index]);
  },
});

const getkeysandflags = declare({
  ...base,
  name: "getkeysandflags",
  summary: "Lists the keys of a request with what it does with them.",
  since: "7.0.0",
  history: WITHOUT_ARGUMENTS,
  complexity: "O(N) where N is the number of arguments",
  arity: -3,
  syntax: "command [arg [arg ...]]",
  requestAt: 2,
  run(call) {
    const { args, reply } = call;
    const keys = keysOfRequest(call);
    reply.array(keys.length);
    for (const { index, flags } of keys) {
      reply.array(2);
      reply.bulk(args.bytes, args.starts[index], args.lengths[index]);
      reply.set(flags.length);
      for (const flag of flags) reply.simple(flag);
    }
  },
});

const subcommands = [count, docs, getkeys, getkeysandflags, info, list];

/** COMMAND: describes commands. */
export const commandCommand: CommandSpec = declare({
  ...base,
  name: "command",
  summary: "Tells about all commands.",
  since: "2.8.13",
  complexity: "O(N) where N is the number of commands",
  arity: -1,
  tips: ["nondeterministic_output_order"],
  subcommands: [
    ...subcommands,
    helpCommand("command", "server", "5.0.0", subcommands, ["connection"]),
  ],
  run({ reply, server }) {
    reply.array(server.commands.size);
    for (const command of server.commands.all) replyCommandInfo(reply, command);
  },
});
