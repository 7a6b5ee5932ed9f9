/**
 * The sections `commandstats`, `latencystats` and `errorstats`.
 *
 * @module
 */
import type { CommandTable } from "../../command/command_table.ts";
import type { Config } from "../../config/config.ts";
import type { ServerStats } from "../../telemetry/server_stats.ts";
import type { Fields } from "./section_fields.ts";

/** Where the sections' figures come from. */
export interface CommandFigures {
  readonly commands: CommandTable;
  readonly config: Config;
  readonly stats: ServerStats;
}

/** The section `commandstats`. */
export function commandStatsSection(source: Pick<CommandFigures, "commands">): Fields {
  const fields: Fields = {};
  for (const command of source.commands.withSubcommands()) {
    if (command.calls + command.rejectedCalls === 0) continue;
    const average = (command.microseconds / Math.max(1, command.calls)).toFixed(2);
    fields[`cmdstat_${command.fullName}`] =
      `calls=${command.calls},usec=${Math.round(command.microseconds)},` +
      `usec_per_call=${average},rejected_calls=${command.rejectedCalls},` +
      `failed_calls=${command.failedCalls}`;
  }
  return fields;
}

/** The section `latencystats`. */
export function latencyStatsSection(source: Pick<CommandFigures, "commands" | "config">): Fields {
  const fields: Fields = {};
  const percentiles = source.config.text("latency-tracking-info-percentiles").split(" ")
    .filter((percent) => percent !== "").map(Number);
  for (const { fullName, latencies } of source.commands.withSubcommands()) {
    if (latencies === undefined) continue;
    fields[`latency_percentiles_usec_${fullName}`] = percentiles.map((percent) =>
      `p${percent}=${latencies.percentile(percent).toFixed(3)}`
    ).join(",");
  }
  return fields;
}

/** The section `errorstats`. */
export function errorStatsSection(source: Pick<CommandFigures, "stats">): Fields {
  const entries = [...source.stats.errors].sort();
  return Object.fromEntries(
    entries.map(([code, count]) => [`errorstat_${code}`, `count=${count}`]),
  );
}
