/**
 * The section `replication`.
 *
 * @module
 */
import type { FailoverState } from "../../command/failover_control.ts";
import type { HistoryFigures, ReplicaFigures, Role } from "../../command/replication_control.ts";
import { linkFields, type LinkFieldsSource } from "./link_fields.ts";
import type { Fields } from "./section_fields.ts";

/** Where the section's figures come from. */
export interface ReplicationFigures extends LinkFieldsSource {
  readonly failover: { readonly state: FailoverState };
  readonly replication: {
    readonly role: Role;
    readonly history: HistoryFigures;
    readonly replicas: {
      readonly size: number;
      readonly backlog: { readonly first: number; readonly length: number } | undefined;
      countGood(maxLagSeconds: number): number;
    };
    replicaFigures(): readonly ReplicaFigures[];
  };
}

/** The section `replication`. */
export function replicationSection(source: ReplicationFigures): Fields {
  const { config, replication } = source;
  const { history, replicas, role } = replication;
  const { backlog } = replicas;
  const maxLagSeconds = config.number("min-replicas-max-lag");
  const countsGood = config.number("min-replicas-to-write") > 0 && maxLagSeconds > 0;
  return {
    role,
    ...linkFields(source),
    connected_slaves: replicas.size,
    ...(countsGood ? { min_slaves_good_slaves: replicas.countGood(maxLagSeconds) } : {}),
    ...replicaFields(replication.replicaFigures()),
    master_failover_state: source.failover.state,
    master_replid: history.id,
    master_replid2: history.secondId,
    master_repl_offset: history.offset,
    second_repl_offset: history.secondOffset,
    repl_backlog_active: backlog === undefined ? 0 : 1,
    repl_backlog_size: config.number("repl-backlog-size"),
    repl_backlog_first_byte_offset: backlog?.first ?? 0,
    repl_backlog_histlen: backlog?.length ?? 0,
  };
}

function replicaFields(replicas: readonly ReplicaFigures[]): Fields {
  const fields: Fields = {};
  for (const [i, { ip, port, state, offset, lagSeconds }] of replicas.entries()) {
    fields[`slave${i}`] = `ip=${ip},port=${port},state=${state},offset=${offset},lag=${lagSeconds}`;
  }
  return fields;
}
