/**
 * How much memory is in use and for what: the one place that INFO, MEMORY and `maxmemory` have their figures from.
 *
 *     used = data in the arena + clients + what is remembered about them + what waits for the append-only file
 *
 * Data and files are known to the byte. Of clients it is their buffers and what they make the server remember (queued requests, watched keys,
 * subscriptions, tracking). The runtime's own memory is not in it: it does not depend on what clients do.
 *
 * @module
 */
import type { DatabaseMemory, MemoryFigures } from "../command/context.ts";
import { AVERAGE_SLOT_BYTES } from "../encodings/dict.ts";
import type { Server } from "./server.ts";

/** A place among the keys with a TTL. */
const VOLATILE_SLOT_BYTES = 4;

/** The memory of one server. */
export class MemoryUsage {
  constructor(private readonly server: Server) {}

  /** Bytes in use, with clients as they were when each was last measured. O(1). */
  get usedBytes(): number {
    return this.server.keyspace.arena.usedBytes + this.#bytesBesideData;
  }

  /** Bytes that do not count towards `maxmemory`: deleting keys makes them grow. */
  get uncountedBytes(): number {
    return this.server.persistence.aof.bufferedBytes;
  }

  /** Bytes that data may take so that everything stays below a limit. */
  roomForData(limitBytes: number): number {
    return limitBytes - this.#bytesBesideData + this.uncountedBytes;
  }

  /** Whether less is in use than `maxmemory` allows. */
  get hasRoom(): boolean {
    const limitBytes = this.server.config.number("maxmemory");
    return limitBytes === 0 || this.usedBytes - this.uncountedBytes < limitBytes;
  }

  /** All figures, of this moment. O(clients). */
  figures(): MemoryFigures {
    const { clients, host, keyspace, persistence, stats } = this.server;
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
      databases.reduce((sum, { dictBytes, volatileBytes }) => sum + dictBytes + volatileBytes, 0);
    const datasetBytes = Math.max(0, usedBytes - overheadBytes);
    return {
      usedBytes,
      peakBytes: stats.peakBytes,
      startupBytes,
      clientBytes,
      clientCount: clients.size,
      tableBytes: this.#tableBytes,
      aofBytes,
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
    const { clients, persistence } = this.server;
    return clients.bufferBytes + this.#tableBytes + persistence.aof.bufferedBytes;
  }

  /** What is remembered about clients, but is no one client's. */
  get #tableBytes(): number {
    return this.server.tracking.memoryBytes + this.server.pubsub.memoryBytes;
  }
}
