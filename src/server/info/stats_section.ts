/**
 * The sections `stats` and `debug`: what has been done since the counters were last reset.
 *
 * @module
 */
import type { AclLog } from "../../acl/acl_log.ts";
import type { PubSub } from "../../clients/channels.ts";
import type { Tracking } from "../../clients/tracking.ts";
import type { Keyspace } from "../../keyspace/keyspace.ts";
import type { ServerStats } from "../../telemetry/server_stats.ts";
import type { Fields } from "./section_fields.ts";

/** Where the sections' figures come from. */
export interface StatFigures {
  readonly aclLog: AclLog;
  readonly clientEviction: { readonly evicted: number };
  readonly keptConnections: { readonly size: number };
  readonly keyspace: Keyspace;
  readonly pubsub: PubSub;
  readonly stats: ServerStats;
  readonly timer: {
    /** Time spent in commands. */
    readonly totalMicroseconds: number;
  };
  readonly tracking: Tracking;
}

/** The section `stats`. */
export function statsSection(source: StatFigures): Fields {
  const { stats, keyspace } = source;
  return {
    total_connections_received: stats.connections,
    total_commands_processed: stats.commands,
    instantaneous_ops_per_sec: Math.round(stats.rate("commands")),
    total_net_input_bytes: stats.inputBytes,
    total_net_output_bytes: stats.outputBytes,
    total_net_repl_input_bytes: stats.primaryInputBytes,
    total_net_repl_output_bytes: stats.replicaOutputBytes,
    instantaneous_input_kbps: (stats.rate("inputBytes") / 1024).toFixed(2),
    instantaneous_output_kbps: (stats.rate("outputBytes") / 1024).toFixed(2),
    instantaneous_input_repl_kbps: "0.00",
    instantaneous_output_repl_kbps: "0.00",
    rejected_connections: stats.rejectedConnections,
    sync_full: stats.fullSyncs,
    sync_partial_ok: stats.partialSyncs,
    sync_partial_err: stats.refusedPartialSyncs,
    expired_keys: keyspace.stats.expired,
    expired_stale_perc: (keyspace.stats.staleShare * 100).toFixed(2),
    expired_time_cap_reached_count: keyspace.stats.expireCyclesCut,
    expire_cycle_cpu_milliseconds: 0,
    evicted_keys: keyspace.evictor.evicted,
    evicted_clients: source.clientEviction.evicted,
    total_eviction_exceeded_time: 0,
    current_eviction_exceeded_time: 0,
    keyspace_hits: keyspace.stats.hits,
    keyspace_misses: keyspace.stats.misses,
    pubsub_channels: source.pubsub.count("channel"),
    pubsub_patterns: source.pubsub.count("pattern"),
    pubsubshard_channels: source.pubsub.count("shard"),
    latest_fork_usec: 0,
    total_forks: 0,
    migrate_cached_sockets: source.keptConnections.size,
    slave_expires_tracked_keys: keyspace.ownVolatileKeys?.size ?? 0,
    active_defrag_hits: 0,
    active_defrag_misses: 0,
    active_defrag_key_hits: 0,
    active_defrag_key_misses: 0,
    total_active_defrag_time: 0,
    current_active_defrag_time: 0,
    tracking_total_keys: source.tracking.keyCount,
    tracking_total_items: source.tracking.itemCount,
    tracking_total_prefixes: source.tracking.prefixCount,
    unexpected_error_replies: stats.unexpectedErrors,
    total_error_replies: stats.errorReplies,
    dump_payload_sanitizations: 0,
    total_reads_processed: stats.reads,
    total_writes_processed: stats.writes,
    io_threaded_reads_processed: 0,
    io_threaded_writes_processed: 0,
    reply_buffer_shrinks: 0,
    reply_buffer_expands: 0,
    eventloop_cycles: stats.rounds,
    eventloop_duration_sum: Math.round(stats.roundMicroseconds),
    eventloop_duration_cmd_sum: Math.round(source.timer.totalMicroseconds),
    instantaneous_eventloop_cycles_per_sec: Math.round(stats.rate("rounds")),
    instantaneous_eventloop_duration_usec: Math.round(
      stats.rate("roundMicroseconds") / Math.max(1, stats.rate("rounds")),
    ),
    client_query_buffer_limit_disconnections: stats.queryBufferLimitCuts,
    client_output_buffer_limit_disconnections: stats.outputBufferLimitCuts,
    acl_access_denied_auth: source.aclLog.denied.auth,
    acl_access_denied_cmd: source.aclLog.denied.command,
    acl_access_denied_key: source.aclLog.denied.key,
    acl_access_denied_channel: source.aclLog.denied.channel,
  };
}

/** The section `debug`. */
export function debugSection({ stats }: Pick<StatFigures, "stats">): Fields {
  return {
    eventloop_duration_aof_sum: Math.round(stats.appendMicroseconds),
    eventloop_duration_cron_sum: Math.round(stats.cronMicroseconds),
    eventloop_duration_max: Math.round(stats.longestRoundMicroseconds),
    eventloop_cmd_per_cycle_max: stats.mostCommandsInRound,
  };
}
