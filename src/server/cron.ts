/**
 * The server's housekeeping: what happens from time to time and not at a client's request.
 *
 * @module
 */
import type { ClientRegistry } from "../clients/client_registry.ts";
import type { Tracking } from "../clients/tracking.ts";
import type { DebugSwitches } from "../command/context.ts";
import type { Config } from "../config/config.ts";
import { expireSlice } from "../keyspace/expire_cycle.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import type { Clock, Timer } from "../ports/clock.ts";
import type { Log } from "../telemetry/log.ts";
import type { ServerStats } from "../telemetry/server_stats.ts";
import type { MemoryUsage } from "./memory_usage.ts";
import type { ReplyDelivery } from "./reply_delivery.ts";

/** Longest slice of expiring and freeing, during which clients wait, in milliseconds. */
const SLICE_MS = 1;
/** While much is due, the next slice follows after this many milliseconds, so slices take a fifth of the time. */
const BUSY_DELAY_MS = 4;
const LAZY_FREE_KEYS = 2048;
const CLIENTS_CHECK_MS = 1000;

/** The parts that the housekeeping takes care of. */
export interface CronParts {
  readonly clientEviction: { enforce(): void };
  readonly clients: ClientRegistry;
  readonly clock: Clock;
  readonly config: Config;
  readonly delivery: Pick<ReplyDelivery, "tend">;
  readonly ending: { check(): void };
  readonly keptConnections: { closeIdle(): void };
  readonly keyspace: Keyspace;
  readonly log: Log;
  readonly memory: Pick<MemoryUsage, "hasRoom" | "usedBytes">;
  readonly persistence: {
    readonly isLoading: boolean;
    check(nowMs: number): void;
  };
  readonly loop: { wakeBlocked(): void };
  readonly replication: { check(nowMs: number): void };
  readonly scripts: { readonly isPaused: boolean };
  readonly stats: ServerStats;
  readonly switches: DebugSwitches;
  readonly tracking: Tracking;
}

/** Runs `hz` times a second. */
export class Cron {
  #tickTimer: Timer | undefined;
  #busyTimer: Timer | undefined;
  #lastClientsCheckMs = 0;

  constructor(private readonly parts: CronParts) {}

  start(): void {
    const { clock, config } = this.parts;
    this.#tickTimer = clock.after(1000 / config.number("hz"), () => {
      const startMs = clock.monotonicMs();
      if (!this.parts.switches.isCronPaused) this.#tick();
      const microseconds = (clock.monotonicMs() - startMs) * 1000;
      this.parts.stats.cronMicroseconds += microseconds;
      this.parts.stats.countRound(microseconds, 0);
      this.start();
    });
  }

  stop(): void {
    this.#tickTimer?.cancel();
    this.#busyTimer?.cancel();
  }

  #tick(): void {
    const { parts } = this;
    const { clients, keyspace, memory, persistence, stats, tracking } = parts;
    const nowMs = parts.clock.now();
    keyspace.setTime(nowMs);
    // In the middle of a script nothing may change or be saved.
    if (parts.scripts.isPaused) return;
    parts.ending.check();
    clients.checkPause(nowMs);
    parts.loop.wakeBlocked();
    stats.sample(nowMs);
    parts.delivery.tend(clients, memory.hasRoom);
    clients.measure();
    parts.clientEviction.enforce();
    tracking.trim();
    if (!persistence.isLoading) persistence.check(nowMs);
    stats.peakBytes = Math.max(stats.peakBytes, memory.usedBytes);
    if (nowMs - this.#lastClientsCheckMs >= CLIENTS_CHECK_MS) {
      this.#lastClientsCheckMs = nowMs;
      for (const { reader } of clients) reader.giveBack();
      this.#closeIdleClients(nowMs);
      parts.keptConnections.closeIdle();
      parts.replication.check(nowMs);
    }
    if (this.#busyTimer === undefined && !persistence.isLoading) this.#work();
  }

  /** Runs one slice of expiring and freeing; schedules the next one soon if there is more to do. */
  #work(): void {
    const { clock, config, keyspace, loop, switches, tracking } = this.parts;
    this.#busyTimer = undefined;
    if (this.parts.scripts.isPaused) return;
    keyspace.setTime(clock.now());
    const startMs = clock.monotonicMs();
    const elapsed = () => clock.monotonicMs() - startMs;
    const budgetMs = SLICE_MS * (0.9 + config.number("active-expire-effort") / 10);
    const isCut = switches.activeExpireEnabled && expireSlice(keyspace, elapsed, budgetMs);
    const lazyFree = keyspace.lazyFree;
    while (!lazyFree.isIdle && elapsed() < budgetMs) lazyFree.step(LAZY_FREE_KEYS);
    loop.wakeBlocked();
    if (tracking.hasChanges) tracking.tellBroadcasters();
    if (isCut || !lazyFree.isIdle) {
      this.#busyTimer = clock.after(BUSY_DELAY_MS, () => this.#work());
    }
  }

  #closeIdleClients(nowMs: number): void {
    const timeoutMs = this.parts.config.number("timeout") * 1000;
    if (timeoutMs === 0) return;
    for (const client of this.parts.clients) {
      if (nowMs - client.lastInteractionMs > timeoutMs && client.holds === 0 && !client.isReplica) {
        this.parts.log.verbose("Closing idle client");
        client.close();
      }
    }
  }
}
