/**
 * How much memory is in use and for what. INFO, MEMORY and `maxmemory` all take their figures from here.
 *
 *     used = data in the arena + clients + what is remembered about them + what waits for the append-only file + scripts
 *
 * The memory of scripts is the cache of EVAL and the libraries of functions. Data and files are known to the byte. The memory of clients is
 * their buffers and what the server remembers for them (queued requests, watched keys, subscriptions, tracking). The runtime's own memory
 * does not count, because it does not depend on what clients do. Neither does Lua's, as in Redis 7.2; it has a limit of its own.
 *
 * @module
 */
import type { DatabaseMemory, MemoryFigures } from "../command/context.ts";
import { AVERAGE_SLOT_BYTES } from "../encodings/dict.ts";
import type { PubSub } from "../clients/channels.ts";
import type { ClientRegistry } from "../clients/client_registry.ts";
import type { Tracking } from "../clients/tracking.ts";
import type { Config } from "../config/config.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import type { Host } from "../ports/host.ts";
import type { ServerStats } from "../telemetry/server_stats.ts";

/** The parts that take memory. */
export interface MemoryUsageParts {
  readonly clients: ClientRegistry;
  readonly config: Config;
  readonly host: Pick<Host, "residentBytes">;
  readonly keyspace: Keyspace;
  readonly persistence: { readonly aof: { readonly bufferedBytes: number } };
  readonly pubsub: PubSub;
  readonly scripts: {
    readonly cachedCount: number;
    readonly cacheBytes: number;
    readonly machineBytes: number;
  };
  readonly functions: {
    readonly libraries: {
      readonly functionCount: number;
      readonly size: number;
      readonly usedBytes: number;
    };
    readonly machineBytes: number;
  };
  readonly replication: {
    readonly replicas: {
      readonly backlog: { readonly memoryBytes: number; readonly size: number } | undefined;
    };
  };
  readonly stats: ServerStats;
  readonly tracking: Tracking;
}

/** Memory of one place in the vector of keys with a TTL. */
const VOLATILE_SLOT_BYTES = 4;

/** The memory of one server. */
export class MemoryUsage {
  constructor(private readonly parts: MemoryUsageParts) {}

  /** Bytes in use, with each client as it was when it was last measured. O(1). */
  get usedBytes(): number {
    return this.parts.keyspace.arena.usedBytes + this.#bytesBesideData;
  }

  /** Bytes that do not count towards `maxmemory`, because deleting keys makes them grow. */
  get uncountedBytes(): number {
    return this.parts.persistence.aof.bufferedBytes + this.#replicaBytes;
  }

  /** Bytes that data may take so that everything stays below a limit. */
  roomForData(limitBytes: number): number {
    return limitBytes - this.#bytesBesideData + this.uncountedBytes;
  }

  /** Whether less is in use than `maxmemory` allows. */
  get hasRoom(): boolean {
    const limitBytes = this.parts.config.number("maxmemory");
    return limitBytes === 0 || this.usedBytes - this.uncountedBytes < limitBytes;
  }

  /** All figures of this moment. O(clients). */
  figures(): MemoryFigures {
    const { clients, functions, host, keyspace, persistence, scripts, stats } = this.parts;
    const { libraries } = functions;
    const clientBytes = clients.measure();
    const usedBytes = this.usedBytes;
    const startupBytes = keyspace.baseBytes;
    stats.peakBytes = Math.max(stats.peakBytes, usedBytes);
    const databases: DatabaseMemory[] = [];
    for (const { index, size, volatileSize } of keyspace.databases) {
      if (size === 0) continue;
      databases.push({
        index,
        dictBytes: size * AVERAGE_SLOT_BYTES,
        volatileBytes: volatileSize * VOLATILE_SLOT_BYTES,
      });
    }
    const aofBytes = persistence.aof.bufferedBytes;
    const overheadBytes = startupBytes + clientBytes + this.#tableBytes + aofBytes +
      this.#streamBytes + scripts.cacheBytes + libraries.usedBytes +
      databases.reduce((sum, { dictBytes, volatileBytes }) => sum + dictBytes + volatileBytes, 0);
    const datasetBytes = Math.max(0, usedBytes - overheadBytes);
    return {
      usedBytes,
      peakBytes: stats.peakBytes,
      startupBytes,
      clientBytes,
      clientCount: clients.size,
      backlogBytes: this.#streamBytes - this.#replicaBytes,
      replicaBytes: this.#replicaBytes,
      tableBytes: this.#tableBytes,
      aofBytes,
      scriptCacheBytes: scripts.cacheBytes,
      scriptCount: scripts.cachedCount,
      functionCacheBytes: libraries.usedBytes,
      functionCount: libraries.functionCount,
      libraryCount: libraries.size,
      luaBytes: scripts.machineBytes,
      functionLuaBytes: functions.machineBytes,
      uncountedBytes: this.uncountedBytes,
      databases,
      overheadBytes,
      datasetBytes,
      datasetPercent: datasetBytes * 100 / Math.max(1, usedBytes - startupBytes),
      keys: keyspace.size,
      arenaBytes: keyspace.arena.usedBytes,
      arenaCommittedBytes: keyspace.arena.byteLength,
      residentBytes: host.residentBytes(),
    };
  }

  get #bytesBesideData(): number {
    const { clients, functions, persistence, scripts } = this.parts;
    return clients.bufferBytes + this.#tableBytes + persistence.aof.bufferedBytes +
      this.#streamBytes + scripts.cacheBytes + functions.libraries.usedBytes;
  }

  /** What is kept of the stream of changes. */
  get #streamBytes(): number {
    return this.parts.replication.replicas.backlog?.memoryBytes ?? 0;
  }

  /** The part of it that is kept only because replicas are behind. */
  get #replicaBytes(): number {
    const { backlog } = this.parts.replication.replicas;
    return backlog === undefined ? 0 : Math.max(0, backlog.memoryBytes - backlog.size);
  }

  /** What is remembered about clients but belongs to no single client. */
  get #tableBytes(): number {
    return this.parts.tracking.memoryBytes + this.parts.pubsub.memoryBytes;
  }
}
