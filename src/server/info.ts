/**
 * INFO: figures about the server, in the sections and under the names that Redis 7.2 has. What cannot have a meaning here (jemalloc,
 * fork) is left out or zero; what this server has besides is marked as its own.
 *
 * @module
 */
import { formatMemory } from "../config/kinds.ts";
import { REDENO_VERSION, REDIS_VERSION } from "../lib/version.ts";
import type { Server } from "./server.ts";

type Fields = Record<string, string | number>;

const sections: Readonly<Record<string, (server: Server) => Fields>> = {
  server: serverFields,
  clients: clientsFields,
  memory: memoryFields,
  persistence: persistenceFields,
  stats: statsFields,
  replication: replicationFields,
  cpu: cpuFields,
  modules: () => ({}),
  commandstats: commandStatsFields,
  errorstats: errorStatsFields,
  latencystats: latencyStatsFields,
  cluster: () => ({ cluster_enabled: 0 }),
  keyspace: keyspaceFields,
  debug: debugFields,
};

const TITLES: Readonly<Record<string, string>> = { cpu: "CPU" };
const NOT_BY_DEFAULT = new Set(["commandstats", "latencystats"]);
/** Shown only to those who ask for them by name. */
const HIDDEN = new Set(["debug"]);

/** The text of INFO for these sections; without any, those that are shown by default. */
export function describeServer(server: Server, wanted: readonly string[]): string {
  const names = wanted.length === 0 ? ["default"] : wanted;
  const isAll = names.includes("all") || names.includes("everything");
  const isDefault = names.includes("default");
  const parts: string[] = [];
  for (const [name, fields] of Object.entries(sections)) {
    const isShown = names.includes(name) ||
      !HIDDEN.has(name) && (isAll || isDefault && !NOT_BY_DEFAULT.has(name));
    if (!isShown) continue;
    const title = TITLES[name] ?? name[0].toUpperCase() + name.slice(1);
    const lines = Object.entries(fields(server)).map(([field, value]) => `${field}:${value}\r\n`);
    parts.push(`# ${title}\r\n${lines.join("")}`);
  }
  return parts.join("\r\n");
}

/** An amount of memory for people: 1.50M. */
function human(bytes: number): string {
  for (const [unit, size] of [["G", 2 ** 30], ["M", 2 ** 20], ["K", 2 ** 10]] as const) {
    if (bytes >= size) return `${(bytes / size).toFixed(2)}${unit}`;
  }
  return `${bytes}B`;
}

function serverFields(server: Server): Fields {
  const { host, config } = server;
  const nowMicroseconds = server.clock.nowMicroseconds();
  const uptimeSeconds = Math.floor((server.clock.now() - server.startedMs) / 1000);
  return {
    redis_version: REDIS_VERSION,
    redis_git_sha1: "00000000",
    redis_git_dirty: 0,
    redis_build_id: 0,
    redis_mode: "standalone",
    server_name: "redeno",
    redeno_version: REDENO_VERSION,
    os: host.platform,
    arch_bits: 64,
    monotonic_clock: "runtime",
    multiplexing_api: host.runtime,
    atomicvar_api: "none",
    process_id: host.pid,
    process_supervised: "no",
    run_id: server.runId,
    tcp_port: server.port,
    server_time_usec: nowMicroseconds,
    uptime_in_seconds: uptimeSeconds,
    uptime_in_days: Math.floor(uptimeSeconds / 86400),
    hz: config.number("hz"),
    configured_hz: config.number("hz"),
    lru_clock: Math.floor(nowMicroseconds / 1e6) & 0xffffff,
    executable: host.executable,
    config_file: config.file,
    io_threads_active: 0,
    ...Object.fromEntries(server.listeners.map(({ name, addresses, port }, i) => [
      `listener${i}`,
      `name=${name}${addresses.map((address) => `,bind=${address}`).join("")}` +
      (port === 0 ? "" : `,port=${port}`),
    ])),
  };
}

function clientsFields(server: Server): Fields {
  let maxInput = 0;
  let maxOutput = 0;
  for (const client of server.clients) {
    maxInput = Math.max(maxInput, client.reader.bufferBytes);
    maxOutput = Math.max(maxOutput, client.connection.pendingBytes);
  }
  return {
    connected_clients: server.clients.size,
    cluster_connections: 0,
    maxclients: server.config.number("maxclients"),
    client_recent_max_input_buffer: maxInput,
    client_recent_max_output_buffer: maxOutput,
    blocked_clients: server.blocked.size + server.clients.pausedClients,
    tracking_clients: server.tracking.clientCount,
    pubsub_clients: server.pubsub.clientCount,
    watching_clients: [...server.clients].filter(({ watched }) => watched.length > 0).length,
    clients_in_timeout_table: server.blocked.timedCount,
    total_watched_keys: server.watched.size,
    total_blocking_keys: server.blocked.keyCount,
    total_blocking_keys_on_nokey: server.blocked.keyCountWithoutKey,
  };
}

function memoryFields(server: Server): Fields {
  const { host, keyspace, config } = server;
  const figures = server.memoryFigures();
  const { usedBytes: used, peakBytes: peak, residentBytes: resident } = figures;
  const { arenaBytes: allocated, arenaCommittedBytes: committed } = figures;
  const total = host.totalMemoryBytes();
  const maximum = config.number("maxmemory");
  return {
    used_memory: used,
    used_memory_human: human(used),
    used_memory_rss: resident,
    used_memory_rss_human: human(resident),
    used_memory_peak: peak,
    used_memory_peak_human: human(peak),
    used_memory_peak_perc: `${(used * 100 / Math.max(1, peak)).toFixed(2)}%`,
    used_memory_overhead: figures.overheadBytes,
    used_memory_startup: figures.startupBytes,
    used_memory_dataset: figures.datasetBytes,
    used_memory_dataset_perc: `${figures.datasetPercent.toFixed(2)}%`,
    allocator_allocated: allocated,
    allocator_active: committed,
    allocator_resident: committed,
    total_system_memory: total,
    total_system_memory_human: human(total),
    used_memory_lua: 0,
    used_memory_vm_eval: 0,
    used_memory_lua_human: "0B",
    used_memory_scripts_eval: 0,
    number_of_cached_scripts: 0,
    number_of_functions: 0,
    number_of_libraries: 0,
    used_memory_vm_functions: 0,
    used_memory_vm_total: 0,
    used_memory_vm_total_human: "0B",
    used_memory_functions: 0,
    used_memory_scripts: 0,
    used_memory_scripts_human: "0B",
    maxmemory: maximum,
    maxmemory_human: human(maximum),
    maxmemory_policy: config.text("maxmemory-policy"),
    allocator_frag_ratio: (committed / Math.max(1, allocated)).toFixed(2),
    allocator_frag_bytes: committed - allocated,
    allocator_rss_ratio: "1.00",
    allocator_rss_bytes: 0,
    rss_overhead_ratio: (resident / committed).toFixed(2),
    rss_overhead_bytes: resident - committed,
    mem_fragmentation_ratio: (resident / Math.max(1, used)).toFixed(2),
    mem_fragmentation_bytes: resident - used,
    mem_not_counted_for_evict: figures.uncountedBytes,
    mem_replication_backlog: 0,
    mem_total_replication_buffers: 0,
    mem_clients_slaves: 0,
    mem_clients_normal: figures.clientBytes,
    mem_cluster_links: 0,
    mem_aof_buffer: figures.aofBytes,
    mem_allocator: `redeno-arena (${formatMemory(committed)})`,
    active_defrag_running: 0,
    lazyfree_pending_objects: keyspace.lazyFree.pending,
    lazyfreed_objects: keyspace.lazyFree.freed,
    redeno_heap_used: host.heapBytes(),
  };
}

function persistenceFields(server: Server): Fields {
  const { persistence, stats } = server;
  const { aof, aofRewrite, backgroundSave, loader, snapshotFile } = persistence;
  return {
    loading: loader.isLoading ? 1 : 0,
    async_loading: 0,
    current_cow_peak: 0,
    current_cow_size: 0,
    current_cow_size_age: 0,
    current_fork_perc: "0.00",
    current_save_keys_processed: backgroundSave.progress.written,
    current_save_keys_total: backgroundSave.progress.total,
    rdb_changes_since_last_save: server.changes.sinceSave,
    rdb_bgsave_in_progress: backgroundSave.isRunning ? 1 : 0,
    rdb_last_save_time: Math.floor(snapshotFile.lastSaveMs / 1000),
    rdb_last_bgsave_status: stats.hasFailedToSave ? "err" : "ok",
    rdb_last_bgsave_time_sec: backgroundSave.lastSeconds,
    rdb_current_bgsave_time_sec: backgroundSave.currentSeconds,
    rdb_saves: snapshotFile.saves,
    rdb_last_cow_size: 0,
    rdb_last_load_keys_expired: loader.loaded.expired,
    rdb_last_load_keys_loaded: loader.loaded.keys,
    aof_enabled: aof.state === "off" ? 0 : 1,
    aof_rewrite_in_progress: aofRewrite.isRunning ? 1 : 0,
    aof_rewrite_scheduled: aofRewrite.isScheduled ? 1 : 0,
    aof_last_rewrite_time_sec: aofRewrite.lastSeconds,
    aof_current_rewrite_time_sec: aofRewrite.currentSeconds,
    aof_last_bgrewrite_status: aofRewrite.hasFailed ? "err" : "ok",
    aof_rewrites: aofRewrite.count,
    aof_rewrites_consecutive_failures: aofRewrite.failures,
    aof_last_write_status: stats.hasFailedToAppend ? "err" : "ok",
    aof_last_cow_size: 0,
    module_fork_in_progress: 0,
    module_fork_last_cow_size: 0,
    ...(aof.state === "off" ? {} : {
      aof_current_size: aof.bytes,
      aof_base_size: aof.rewrittenBytes,
      aof_pending_rewrite: 0,
      aof_buffer_length: aof.bufferedBytes,
      aof_pending_bio_fsync: aof.isSyncing ? 1 : 0,
      aof_delayed_fsync: aof.delayedSyncs,
    }),
    ...(loader.isLoading ? loadingFields(server) : {}),
  };
}

function loadingFields({ clock, persistence: { loader } }: Server): Fields {
  const { readBytes, startedMs, totalBytes } = loader;
  const elapsedSeconds = Math.floor((clock.now() - startedMs) / 1000);
  const share = readBytes / Math.max(1, totalBytes);
  return {
    loading_start_time: Math.floor(startedMs / 1000),
    loading_total_bytes: totalBytes,
    loading_rdb_used_mem: 0,
    loading_loaded_bytes: readBytes,
    loading_loaded_perc: (share * 100).toFixed(2),
    loading_eta_seconds: share === 0 ? 1 : Math.floor(elapsedSeconds * (1 - share) / share),
  };
}

function statsFields(server: Server): Fields {
  const { stats, keyspace } = server;
  return {
    total_connections_received: stats.connections,
    total_commands_processed: stats.commands,
    instantaneous_ops_per_sec: Math.round(stats.rate("commands")),
    total_net_input_bytes: stats.inputBytes,
    total_net_output_bytes: stats.outputBytes,
    total_net_repl_input_bytes: 0,
    total_net_repl_output_bytes: 0,
    instantaneous_input_kbps: (stats.rate("inputBytes") / 1024).toFixed(2),
    instantaneous_output_kbps: (stats.rate("outputBytes") / 1024).toFixed(2),
    instantaneous_input_repl_kbps: "0.00",
    instantaneous_output_repl_kbps: "0.00",
    rejected_connections: stats.rejectedConnections,
    sync_full: 0,
    sync_partial_ok: 0,
    sync_partial_err: 0,
    expired_keys: keyspace.stats.expired,
    expired_stale_perc: (keyspace.stats.staleShare * 100).toFixed(2),
    expired_time_cap_reached_count: keyspace.stats.expireCyclesCut,
    expire_cycle_cpu_milliseconds: 0,
    evicted_keys: keyspace.evictor.evicted,
    evicted_clients: server.clientEviction.evicted,
    total_eviction_exceeded_time: 0,
    current_eviction_exceeded_time: 0,
    keyspace_hits: keyspace.stats.hits,
    keyspace_misses: keyspace.stats.misses,
    pubsub_channels: server.pubsub.count("channel"),
    pubsub_patterns: server.pubsub.count("pattern"),
    pubsubshard_channels: server.pubsub.count("shard"),
    latest_fork_usec: 0,
    total_forks: 0,
    migrate_cached_sockets: 0,
    slave_expires_tracked_keys: 0,
    active_defrag_hits: 0,
    active_defrag_misses: 0,
    active_defrag_key_hits: 0,
    active_defrag_key_misses: 0,
    total_active_defrag_time: 0,
    current_active_defrag_time: 0,
    tracking_total_keys: server.tracking.keyCount,
    tracking_total_items: server.tracking.itemCount,
    tracking_total_prefixes: server.tracking.prefixCount,
    unexpected_error_replies: 0,
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
    eventloop_duration_cmd_sum: Math.round(server.commandMicroseconds),
    instantaneous_eventloop_cycles_per_sec: Math.round(stats.rate("rounds")),
    instantaneous_eventloop_duration_usec: Math.round(
      stats.rate("roundMicroseconds") / Math.max(1, stats.rate("rounds")),
    ),
    client_query_buffer_limit_disconnections: stats.queryBufferLimitCuts,
    client_output_buffer_limit_disconnections: stats.outputBufferLimitCuts,
    acl_access_denied_auth: server.aclLog.denied.auth,
    acl_access_denied_cmd: server.aclLog.denied.command,
    acl_access_denied_key: server.aclLog.denied.key,
    acl_access_denied_channel: server.aclLog.denied.channel,
  };
}

function debugFields({ stats }: Server): Fields {
  return {
    eventloop_duration_aof_sum: Math.round(stats.appendMicroseconds),
    eventloop_duration_cron_sum: Math.round(stats.cronMicroseconds),
    eventloop_duration_max: Math.round(stats.longestRoundMicroseconds),
    eventloop_cmd_per_cycle_max: stats.mostCommandsInRound,
  };
}

function replicationFields(server: Server): Fields {
  return {
    role: "master",
    connected_slaves: 0,
    master_failover_state: "no-failover",
    master_replid: server.runId,
    master_replid2: "0".repeat(40),
    master_repl_offset: 0,
    second_repl_offset: -1,
    repl_backlog_active: 0,
    repl_backlog_size: server.config.number("repl-backlog-size"),
    repl_backlog_first_byte_offset: 0,
    repl_backlog_histlen: 0,
  };
}

function cpuFields(server: Server): Fields {
  const { user, system } = server.host.cpuSeconds();
  return {
    used_cpu_sys: system.toFixed(6),
    used_cpu_user: user.toFixed(6),
    used_cpu_sys_children: "0.000000",
    used_cpu_user_children: "0.000000",
  };
}

function commandStatsFields(server: Server): Fields {
  const fields: Fields = {};
  for (const command of server.commands.withSubcommands()) {
    if (command.calls + command.rejectedCalls === 0) continue;
    const average = (command.microseconds / Math.max(1, command.calls)).toFixed(2);
    fields[`cmdstat_${command.fullName}`] =
      `calls=${command.calls},usec=${Math.round(command.microseconds)},` +
      `usec_per_call=${average},rejected_calls=${command.rejectedCalls},` +
      `failed_calls=${command.failedCalls}`;
  }
  return fields;
}

function latencyStatsFields(server: Server): Fields {
  const fields: Fields = {};
  const percentiles = server.config.text("latency-tracking-info-percentiles").split(" ")
    .filter((percent) => percent !== "").map(Number);
  for (const { fullName, latencies } of server.commands.withSubcommands()) {
    if (latencies === undefined) continue;
    fields[`latency_percentiles_usec_${fullName}`] = percentiles.map((percent) =>
      `p${percent}=${latencies.percentile(percent).toFixed(3)}`
    ).join(",");
  }
  return fields;
}

function errorStatsFields(server: Server): Fields {
  const entries = [...server.stats.errors].sort();
  return Object.fromEntries(
    entries.map(([code, count]) => [`errorstat_${code}`, `count=${count}`]),
  );
}

function keyspaceFields(server: Server): Fields {
  const fields: Fields = {};
  for (const database of server.keyspace.databases) {
    if (database.size === 0) continue;
    fields[`db${database.index}`] = `keys=${database.size},expires=${database.volatileSize},` +
      `avg_ttl=${Math.floor(database.averageTtlMs)}`;
  }
  return fields;
}
