/**
 * INFO: figures about the server, in the sections and under the names of Redis 7.2. A figure that has no meaning here (jemalloc, fork) is
 * left out or zero; the names of additional figures show that they are this server's own.
 *
 * Each section is a function in a file of its own, which declares what it needs.
 *
 * @module
 */
import { type ClientFigures, clientsSection } from "./clients_section.ts";
import {
  type CommandFigures,
  commandStatsSection,
  errorStatsSection,
  latencyStatsSection,
} from "./command_sections.ts";
import { type CpuFigures, cpuSection } from "./cpu_section.ts";
import type { Fields } from "./section_fields.ts";
import { type KeyspaceFigures, keyspaceSection } from "./keyspace_section.ts";
import { memorySection, type MemorySources } from "./memory_section.ts";
import { type PersistenceFigures, persistenceSection } from "./persistence_section.ts";
import { type ReplicationFigures, replicationSection } from "./replication_section.ts";
import { type ServerFigures, serverSection } from "./server_section.ts";
import { debugSection, type StatFigures, statsSection } from "./stats_section.ts";

/** What all sections together need. */
export type InfoFigures =
  & ServerFigures
  & ClientFigures
  & MemorySources
  & PersistenceFigures
  & StatFigures
  & ReplicationFigures
  & CpuFigures
  & CommandFigures
  & KeyspaceFigures;

const sections: Readonly<Record<string, (source: InfoFigures) => Fields>> = {
  server: serverSection,
  clients: clientsSection,
  memory: memorySection,
  persistence: persistenceSection,
  stats: statsSection,
  replication: replicationSection,
  cpu: cpuSection,
  modules: () => ({}),
  commandstats: commandStatsSection,
  errorstats: errorStatsSection,
  latencystats: latencyStatsSection,
  cluster: ({ cluster }) => ({ cluster_enabled: cluster === undefined ? 0 : 1 }),
  keyspace: keyspaceSection,
  debug: debugSection,
};

const TITLES: Readonly<Record<string, string>> = { cpu: "CPU" };
const NOT_BY_DEFAULT = new Set(["commandstats", "latencystats"]);
/** Sections that are shown only when asked for by name. */
const HIDDEN = new Set(["debug"]);

/** The text of INFO for these sections; without any, those that are shown by default. */
export function describeInfo(source: InfoFigures, wanted: readonly string[]): string {
  const names = wanted.length === 0 ? ["default"] : wanted;
  const isAll = names.includes("all") || names.includes("everything");
  const isDefault = names.includes("default");
  const parts: string[] = [];
  for (const [name, fields] of Object.entries(sections)) {
    const isShown = names.includes(name) ||
      !HIDDEN.has(name) && (isAll || isDefault && !NOT_BY_DEFAULT.has(name));
    if (!isShown) continue;
    const title = TITLES[name] ?? name[0].toUpperCase() + name.slice(1);
    const lines = Object.entries(fields(source)).map(([field, value]) => `${field}:${value}\r\n`);
    parts.push(`# ${title}\r\n${lines.join("")}`);
  }
  return parts.join("\r\n");
}
