import type { LatencySeries } from "../../telemetry/latency_events.ts";
import type { Call } from "../../command/call.ts";
import type { Command } from "../../command/command.ts";
import type { AdminContext } from "../../command/context.ts";
import { err } from "../../command/errors.ts";
import { helpCommand } from "../../command/help.ts";
import { adminCommand, type CommandSpec } from "../../command/spec.ts";
import { drawLatencies } from "./latency_graph.ts";

const base = {
  group: "server",
  since: "2.8.13",
  complexity: "O(1)",
  flags: ["admin", "noscript", "loading", "stale"],
  tips: ["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"],
} as const;

const doctor = adminCommand({
  ...base,
  name: "doctor",
  summary: "Says in words what kept clients waiting.",
  differs: "the text",
  arity: 2,
  run: ({ reply, server }) => reply.verbatim(diagnose(server), "txt"),
});

/** Advice for each kind of event. */
const ADVICE: Readonly<Record<string, string>> = {
  "command":
    "SLOWLOG GET shows which commands were slow: look at those that are not O(1) or O(log N).",
  "fast-command":
    "Commands that should be quick were slow: the machine may be overloaded or swapping.",
  "expire-cycle": "Many keys expired at once: spread their TTLs.",
  "eviction-cycle": "Making room took long: raise maxmemory, or store less at once.",
  "aof-write": "Writing the append-only file took long: the disk is slow or busy.",
  "aof-fsync-always": "Each write waits for the disk: appendfsync everysec does not.",
  "rdb-save": "SAVE keeps clients waiting: BGSAVE does not.",
};

function diagnose({ latencyEvents }: AdminContext): string {
  if (latencyEvents.thresholdMs === 0) {
    return "The latency monitor is off. CONFIG SET latency-monitor-threshold <milliseconds> turns it on.\n";
  }
  const lines = [...latencyEvents.all].map(([event, { samples, maxMilliseconds }]) => {
    const sum = samples.reduce((total, { milliseconds }) => total + milliseconds, 0);
    const average = Math.round(sum / samples.length);
    return `${event}: ${samples.length} latency spikes, ${average} ms on average, ` +
      `${maxMilliseconds} ms at worst. ${ADVICE[event] ?? ""}\n`;
  });
  return lines.length === 0
    ? "Nothing has kept clients waiting for longer than the threshold.\n"
    : lines.join("");
}

const graph = adminCommand({
  ...base,
  name: "graph",
  summary: "Draws the samples of an event.",
  arity: 3,
  syntax: "event",
  run({ args, reply, server }) {
    const event = args.text(2);
    const series = server.latencyEvents.get(event);
    if (series === undefined) throw err(`No samples available for event '${event}'`);
    reply.verbatim(drawLatencies(event, series, server.clock.now()), "txt");
  },
});

function replyHistogram({ reply }: Call, { fullName, latencies, calls }: Command): void {
  reply.bulkText(fullName);
  reply.map(2);
  reply.bulkText("calls");
  reply.integer(calls);
  reply.bulkText("histogram_usec");
  const counts = latencies!.cumulative();
  reply.map(counts.length);
  for (const [microseconds, count] of counts) {
    reply.integer(microseconds);
    reply.integer(count);
  }
}

const histogram = adminCommand({
  ...base,
  name: "histogram",
  summary: "Shows how long the runs of commands took: how many took no longer than a time.",
  since: "7.0.0",
  complexity: "O(N) where N is the number of commands shown",
  arity: -2,
  syntax: "[command [command ...]]",
  run(call) {
    const { args, reply, server } = call;
    const wanted = new Set<Command>();
    for (let i = 2; i < args.count; i++) {
      const found = server.commands.byName(args.text(i));
      if (found === undefined) continue;
      wanted.add(found);
      for (const subcommand of found.subcommands?.values() ?? []) wanted.add(subcommand);
    }
    const shown = [...args.count === 2 ? server.commands.withSubcommands() : wanted]
      .filter(({ latencies }) => latencies !== undefined);
    reply.map(shown.length);
    for (const each of shown) replyHistogram(call, each);
  },
});

const history = adminCommand({
  ...base,
  name: "history",
  summary: "Lists the samples of an event: times in seconds since 1970, and milliseconds.",
  arity: 3,
  syntax: "event",
  run({ args, reply, server }) {
    const samples = server.latencyEvents.get(args.text(2))?.samples ?? [];
    reply.array(samples.length);
    for (const { seconds, milliseconds } of samples) {
      reply.array(2);
      reply.integer(seconds);
      reply.integer(milliseconds);
    }
  },
});

function replyLatest({ reply }: Call, event: string, series: LatencySeries): void {
  const latest = series.samples.at(-1)!;
  reply.array(4);
  reply.bulkText(event);
  for (const figure of [latest.seconds, latest.milliseconds, series.maxMilliseconds]) {
    reply.integer(figure);
  }
}

const latest = adminCommand({
  ...base,
  name: "latest",
  summary: "Shows the last sample of each event, and the longest time ever.",
  arity: 2,
  run(call) {
    const events = [...call.server.latencyEvents.all];
    call.reply.array(events.length);
    for (const [event, series] of events) replyLatest(call, event, series);
  },
});

const reset = adminCommand({
  ...base,
  name: "reset",
  summary: "Forgets the samples of events, of all if none is named.",
  arity: -2,
  tips: ["request_policy:all_nodes", "response_policy:agg_sum"],
  syntax: "[event [event ...]]",
  run({ args, reply, server }) {
    let count = args.count === 2 ? server.latencyEvents.forget() : 0;
    for (let i = 2; i < args.count; i++) count += server.latencyEvents.forget(args.text(i));
    reply.integer(count);
  },
});

const subcommands = [doctor, graph, histogram, history, latest, reset];

/** LATENCY: reports what keeps clients waiting. */
export const latency: CommandSpec = adminCommand({
  name: "latency",
  group: "server",
  summary: "Shows what kept clients waiting, and how long commands take.",
  since: "2.8.13",
  complexity: "Depends on the subcommand.",
  arity: -2,
  flags: [],
  subcommands: [...subcommands, helpCommand("latency", "server", "2.8.13", subcommands)],
});
