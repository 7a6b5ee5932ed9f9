/**
 * The section `replication`: a primary without replicas.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import type { Fields } from "./section_fields.ts";

/** Where the section's figures come from. */
export interface ReplicationFigures {
  readonly config: Config;
  readonly runId: string;
}

/** The section `replication`. */
export function replicationSection(source: ReplicationFigures): Fields {
  return {
    role: "master",
    connected_slaves: 0,
    master_failover_state: "no-failover",
    master_replid: source.runId,
    master_replid2: "0".repeat(40),
    master_repl_offset: 0,
    second_repl_offset: -1,
    repl_backlog_active: 0,
    repl_backlog_size: source.config.number("repl-backlog-size"),
    repl_backlog_first_byte_offset: 0,
    repl_backlog_histlen: 0,
  };
}
