/**
 * The section `persistence`: how data is loaded and kept.
 *
 * @module
 */
import type { Persistence } from "../../persistence/persistence.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ServerStats } from "../../telemetry/server_stats.ts";
import type { Fields } from "./section_fields.ts";

/** Where the section's figures come from. */
export interface PersistenceFigures {
  readonly admission: { readonly isLoading: boolean; readonly isLoadingAside: boolean };
  readonly changes: {
    /** Changes since the data was last saved. */
    readonly sinceSave: number;
  };
  readonly clock: Clock;
  readonly persistence: Pick<
    Persistence,
    | "aof"
    | "aofRewrite"
    | "backgroundSave"
    | "isSaving"
    | "loader"
    | "snapshotFile"
    | "streamedSave"
  >;
  readonly stats: ServerStats;
}

/** The section `persistence`. */
export function persistenceSection(source: PersistenceFigures): Fields {
  const { admission, persistence, stats } = source;
  const { aof, aofRewrite, backgroundSave, loader, snapshotFile, streamedSave } = persistence;
  const save = streamedSave.isRunning ? streamedSave : backgroundSave;
  return {
    loading: admission.isLoading ? 1 : 0,
    async_loading: admission.isLoadingAside ? 1 : 0,
    current_cow_peak: 0,
    current_cow_size: 0,
    current_cow_size_age: 0,
    current_fork_perc: "0.00",
    current_save_keys_processed: save.progress.written,
    current_save_keys_total: save.progress.total,
    rdb_changes_since_last_save: source.changes.sinceSave,
    rdb_bgsave_in_progress: persistence.isSaving ? 1 : 0,
    rdb_last_save_time: Math.floor(snapshotFile.lastSaveMs / 1000),
    rdb_last_bgsave_status: stats.hasFailedToSave ? "err" : "ok",
    rdb_last_bgsave_time_sec: backgroundSave.lastSeconds,
    rdb_current_bgsave_time_sec: save.currentSeconds,
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
    ...(loader.isLoading ? loadingFields(source) : {}),
  };
}

function loadingFields({ clock, persistence: { loader } }: PersistenceFigures): Fields {
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
