/**
 * `maxmemory`: keeps memory within the limit by deleting keys.
 *
 * @module
 */
import type { ClientRegistry } from "../clients/client_registry.ts";
import type { Config } from "../config/config.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import type { Clock, Timer } from "../ports/clock.ts";
import type { LatencyEvents } from "../telemetry/latency_events.ts";
import type { MemoryUsage } from "./memory_usage.ts";

/** What the limit depends on. */
export interface MemoryLimitParts {
  /** The memory of clients reduces the room for data. */
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
  /** Whether the primary alone decides which keys go, because the server is a replica (`replica-ignore-maxmemory`). */
  isLeftToPrimary = false;
  #maxBytes = 0;
  #budgetMs = 0;
  #timer: Timer | undefined;
  /** When clients were last measured, by the same clock. */
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
      // The present data may already be too much, so this must not wait for the next command. But the present command ends first, because
      // evictions are no part of it.
      this.#makeRoomSoon();
    });
  }

  /** Deletes keys if more memory is in use than allowed; returns whether there is room, now or soon. */
  makeRoom(): boolean {
    if (this.isLeftToPrimary) return true;
    const { clients, clock, keyspace, latencyEvents, persistence, scripts } = this.parts;
    if (this.#maxBytes === 0 || persistence.isLoading || scripts.isPaused) return true;
    const limit = this.#roomForData();
    if (keyspace.arena.usedBytes <= limit) return true;
    // During CLIENT PAUSE the data stays as it is. Writes are held up, so that it cannot grow much.
    if (clients.pauseMode !== undefined) return true;
    const startMs = clock.monotonicMs();
    const elapsed = () => clock.monotonicMs() - startMs;
    const room = keyspace.evictor.makeRoom(limit, elapsed, this.#budgetMs);
    const elapsedMs = elapsed();
    this.lastMs = startMs + elapsedMs;
    latencyEvents.note("eviction-cycle", elapsedMs, keyspace.nowMs);
    // The rest is deleted between the next commands, so that no client waits long.
    if (room === "soon") this.#makeRoomSoon();
    return room !== "none";
  }

  /** Bytes that data may take, given the memory of the clients. */
  #roomForData(): number {
    const { clients, keyspace, memory } = this.parts;
    const { arena, nowMs } = keyspace;
    const room = memory.roomForData(this.#maxBytes);
    const isDueToClients = arena.usedBytes > room && arena.usedBytes <= room + clients.bufferBytes;
    // No key must be deleted because of output that has been sent meanwhile, so clients are measured again.
    if (!isDueToClients || nowMs === this.#measuredMs) return room;
    this.#measuredMs = nowMs;
    clients.measure();
    return memory.roomForData(this.#maxBytes);
  }

  /** As {@link makeRoom}, before a request. */
  makeRoomForRequest(): boolean {
    const { delivery } = this.parts;
    // A message about a key that is deleted now must come before the reply, because the request does not see the key's value any more.
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

  /** Ends the deleting between commands. */
  stop(): void {
    this.#timer?.cancel();
  }
}

/** How long a command may wait for keys to be deleted, in milliseconds, according to `maxmemory-eviction-tenacity`. */
function budgetMs(tenacity: number): number {
  if (tenacity <= 10) return 0.05 * tenacity;
  return tenacity === 100 ? Infinity : 0.5 * 1.15 ** (tenacity - 10);
}
