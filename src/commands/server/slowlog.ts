import { err } from "../../command/errors.ts";
import { helpCommand, subcommandSyntax } from "../../command/help.ts";
import { adminCommand, type CommandSpec } from "../../command/spec.ts";

const base = { group: "server", since: "2.2.12", flags: ["admin", "loading", "stale"] } as const;
const badCount = err("count should be greater than or equal to -1");
const DEFAULT_COUNT = 10;

const get = adminCommand({
  ...base,
  name: "get",
  summary: "Shows the last slow requests, ten if no number is given; -1 is all.",
  history: [
    { since: "4.0.0", change: "Tells the address and the name of the client." },
  ],
  complexity: "O(N) where N is the number of entries returned",
  arity: -2,
  tips: ["request_policy:all_nodes", "nondeterministic_output"],
  syntax: "[count]",
  run(call) {
    const { args, reply, server } = call;
    if (args.count > 3) throw subcommandSyntax(call);
    const count = args.count === 3 ? call.integer(2, badCount) : DEFAULT_COUNT;
    if (count < -1) throw badCount;
    const entries = server.slowLog.latest(count === -1 ? Infinity : count);
    reply.array(entries.length);
    for (const { id, seconds, microseconds, words, address, clientName } of entries) {
      reply.array(6);
      for (const figure of [id, seconds, microseconds]) reply.integer(figure);
      reply.array(words.length);
      for (const word of words) reply.bulkText(word);
      reply.bulkText(address);
      reply.bulkText(clientName);
    }
  },
});

const len = adminCommand({
  ...base,
  name: "len",
  summary: "Tells how many slow requests are remembered.",
  complexity: "O(1)",
  arity: 2,
  tips: ["request_policy:all_nodes", "response_policy:agg_sum", "nondeterministic_output"],
  run: ({ reply, server }) => reply.integer(server.slowLog.length),
});

const reset = adminCommand({
  ...base,
  name: "reset",
  summary: "Forgets all slow requests.",
  complexity: "O(N) where N is the number of entries",
  arity: 2,
  tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
  run({ reply, server }) {
    server.slowLog.clear();
    reply.ok();
  },
});

const subcommands = [get, len, reset];

/** SLOWLOG: lists requests that took long. */
export const slowlog: CommandSpec = adminCommand({
  name: "slowlog",
  group: "server",
  summary: "Shows which requests took long.",
  since: "2.2.12",
  complexity: "Depends on the subcommand.",
  arity: -2,
  flags: [],
  subcommands: [...subcommands, helpCommand("slowlog", "server", "6.2.0", subcommands)],
});
