/**
 * `maxmemory`: keeps memory within it by deleting keys.
 *
 * @module
 */
import type { ClientRegistry } from "../clients/client_registry.ts";
import type { Config } from "../config/config.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import type { Clock, Timer } from "../ports/clock.ts";
import type { LatencyEvents } from "../telemetry/latency_events.ts";
import type { MemoryUsage } from "./memory_usage.ts";

/** What the limit is about. */
export interface MemoryLimitParts {
  /** What clients take is not for data to take. */
  readonly clients: Pick<ClientRegistry, "bufferBytes" | "measure" | "pauseMode">;
  readonly clock: Clock;
  readonly config: Config;
  readonly keyspace: Keyspace;
  readonly latencyEvents: LatencyEvents;
  readonly memory: Pick<MemoryUsage, "roomForData">;
  readonly persistence: { readonly isLoading: boolean };
  /** Told when keys go between two requests. */
  readonly delivery: { isBetweenRequests: boolean };
  readonly scripts: { readonly isPaused: boolean };
}

/** The limit of one server. */
export class MemoryLimit {
  /** When keys were last deleted, by the monotonic clock, in milliseconds. */
  lastMs = 0;
  #maxBytes = 0;
  #budgetMs = 0;
  #timer: Timer | undefined;
  /** When clients were last measured for it. */
  #measuredMs = 0;

  constructor(private readonly parts: MemoryLimitParts) {
    const { config, keyspace: { accessClock, evictor } } = parts;
    config.follow("maxmemory-samples", (value) => evictor.samples = value);
    config.follow("maxmemory-eviction-tenacity", (value) => {
      this.#budgetMs = budgetMs(value);
    });
    config.follow("maxmemory-policy", (value) => {
      accessClock.isLfu = value.endsWith("-lfu");
      evictor.policy = value;
    });
    config.follow("maxmemory", (value) => {
      this.#maxBytes = value;
      parts.clients.measure();
      // The next command need not come for what is there already to be too much. But this one is over first: evictions are no part of it.
      this.#makeRoomSoon();
    });
  }

  /** Deletes keys if more memory is in use than allowed; whether there is room now or will be soon. */
  makeRoom(): boolean {
    const { clients, clock, keyspace, latencyEvents, persistence, scripts } = this.parts;
    if (this.#maxBytes === 0 || persistence.isLoading || scripts.isPaused) return true;
    const limit = this.#roomForData();
    if (keyspace.arena.usedBytes <= limit) return true;
    // The data stays as it is. Writes are held up, so that it cannot grow much.
    if (clients.pauseMode !== undefined) return true;
    const startMs = clock.monotonicMs();
    const elapsed = () => clock.monotonicMs() - startMs;
    const room = keyspace.evictor.makeRoom(limit, elapsed, this.#budgetMs);
    const elapsedMs = elapsed();
    this.lastMs = startMs + elapsedMs;
    latencyEvents.note("eviction-cycle", elapsedMs, keyspace.nowMs);
    // Between the commands to come, so that no client waits long.
    if (room === "soon") this.#makeRoomSoon();
    return room !== "none";
  }

  /** Bytes that data may take, now that clients take what they do. */
  #roomForData(): number {
    const { clients, keyspace, memory } = this.parts;
    const { arena, nowMs } = keyspace;
    const room = memory.roomForData(this.#maxBytes);
    const isDueToClients = arena.usedBytes > room && arena.usedBytes <= room + clients.bufferBytes;
    // No key must go for output that has been sent meanwhile.
    if (!isDueToClients || nowMs === this.#measuredMs) return room;
    this.#measuredMs = nowMs;
    clients.measure();
    return memory.roomForData(this.#maxBytes);
  }

  /** As {@link makeRoom}, for a request that is to run next. */
  makeRoomForRequest(): boolean {
    const { delivery } = this.parts;
    // What the client is told of keys that go now is about values that its request does not see any more.
    delivery.isBetweenRequests = true;
    const hasRoom = this.makeRoom();
    delivery.isBetweenRequests = false;
    return hasRoom;
  }

  #makeRoomSoon(): void {
    this.#timer ??= this.parts.clock.after(0, () => {
      this.#timer = undefined;
      this.makeRoom();
    });
  }

  /** Ends what goes on between commands. */
  stop(): void {
    this.#timer?.cancel();
  }
}

/** How long commands may wait for keys to be deleted, by `maxmemory-eviction-tenacity`, in milliseconds. */
function budgetMs(tenacity: number): number {
  if (tenacity <= 10) return 0.05 * tenacity;
  return tenacity === 100 ? Infinity : 0.5 * 1.15 ** (tenacity - 10);
}
