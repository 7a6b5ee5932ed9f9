import { err } from "../../command/errors.ts";
import { helpCommand } from "../../command/help.ts";
import type { CommandFlag } from "../../command/command_flags.ts";
import { command, type CommandSpec } from "../../command/spec.ts";

const noDebugger = err("Scripts cannot be debugged on this server");

const NOSCRIPT: readonly CommandFlag[] = ["noscript"];
const base = { group: "scripting", flags: NOSCRIPT, since: "2.6.0", complexity: "O(1)" } as const;

const debug = command({
  ...base,
  name: "debug",
  summary: "Sets how scripts are debugged.",
  differs: "YES and SYNC are refused: there is no debugger",
  since: "3.2.0",
  arity: 3,
  syntax: "<YES | SYNC | NO>",
  run({ args, reply }) {
    if (args.is(2, "NO")) return reply.ok();
    if (args.is(2, "YES") || args.is(2, "SYNC")) throw noDebugger;
    throw err("Use SCRIPT DEBUG YES/SYNC/NO");
  },
});

const exists = command({
  ...base,
  name: "exists",
  summary: "Tells which scripts are in the cache.",
  complexity: "O(N) where N is the number of digests",
  arity: -3,
  tips: ["request_policy:all_shards", "response_policy:agg_logical_and"],
  syntax: "sha1 [sha1 ...]",
  run({ args, reply, server }) {
    reply.array(args.count - 2);
    for (let i = 2; i < args.count; i++) reply.integer(server.scripts.has(args, i) ? 1 : 0);
  },
});

const flush = command({
  ...base,
  name: "flush",
  summary: "Empties the cache of scripts.",
  history: [
    {
      since: "6.2.0",
      change: "`ASYNC` and `SYNC` say whether memory is freed in the background.",
      options: ["ASYNC", "SYNC"],
      arityBefore: 2,
    },
  ],
  complexity: "O(N) where N is the number of scripts",
  arity: -2,
  tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
  syntax: "[ASYNC | SYNC]",
  run({ args, reply, server }) {
    const isKnown = args.count === 2 ||
      args.count === 3 && (args.is(2, "ASYNC") || args.is(2, "SYNC"));
    if (!isKnown) throw err("SCRIPT FLUSH only support SYNC|ASYNC option");
    server.scripts.flush();
    reply.ok();
  },
});

const kill = command({
  ...base,
  name: "kill",
  summary: "Ends the script that runs.",
  arity: 2,
  flags: ["noscript", "allow_busy"],
  tips: ["request_policy:all_shards", "response_policy:one_succeeded"],
  run({ reply, server }) {
    server.scripts.kill(true);
    reply.ok();
  },
});

const load = command({
  ...base,
  name: "load",
  summary: "Puts a script into the cache.",
  complexity: "O(N) in the length of the script",
  arity: 3,
  flags: ["noscript", "stale"],
  tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
  syntax: "script",
  run({ args, reply, server }) {
    reply.bulkText(server.scripts.load(args, 2));
  },
});

const subcommands = [debug, exists, flush, kill, load];

/** SCRIPT: the cache of scripts. */
export const script: CommandSpec = command({
  name: "script",
  group: "scripting",
  summary: "Looks after the cache of scripts.",
  since: "2.6.0",
  complexity: "Depends on the subcommand.",
  arity: -2,
  flags: [],
  subcommands: [...subcommands, helpCommand("script", "scripting", "5.0.0", subcommands)],
});
