/**
 * The section `memory`: what data takes, what the process takes, and what it may take.
 *
 * @module
 */
import type { MemoryFigures } from "../../command/context.ts";
import type { Config } from "../../config/config.ts";
import { formatMemory } from "../../config/kinds.ts";
import type { Keyspace } from "../../keyspace/keyspace.ts";
import type { Host } from "../../ports/host.ts";
import { type Fields, human } from "./section_fields.ts";

/** Where the section's figures come from. */
export interface MemorySources {
  readonly config: Config;
  readonly host: Host;
  readonly keyspace: Keyspace;
  readonly memory: { figures(): MemoryFigures };
}

/** The section `memory`. */
export function memorySection(source: MemorySources): Fields {
  const { host, keyspace, config } = source;
  const figures = source.memory.figures();
  const { usedBytes: used, peakBytes: peak, residentBytes: resident } = figures;
  const { functionCacheBytes, functionLuaBytes, luaBytes, scriptCacheBytes } = figures;
  const allLuaBytes = luaBytes + functionLuaBytes;
  const allScriptBytes = scriptCacheBytes + functionCacheBytes;
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
    used_memory_lua: luaBytes,
    used_memory_vm_eval: luaBytes,
    used_memory_lua_human: human(luaBytes),
    used_memory_scripts_eval: scriptCacheBytes,
    number_of_cached_scripts: figures.scriptCount,
    number_of_functions: figures.functionCount,
    number_of_libraries: figures.libraryCount,
    used_memory_vm_functions: functionLuaBytes,
    used_memory_vm_total: allLuaBytes,
    used_memory_vm_total_human: human(allLuaBytes),
    used_memory_functions: functionCacheBytes,
    used_memory_scripts: allScriptBytes,
    used_memory_scripts_human: human(allScriptBytes),
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
    mem_replication_backlog: figures.backlogBytes,
    mem_total_replication_buffers: figures.backlogBytes + figures.replicaBytes,
    mem_clients_slaves: figures.replicaBytes,
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
