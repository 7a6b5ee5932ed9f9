/**
 * The server's housekeeping: what happens at times of its own instead of at a client's request.
 *
 * @module
 */
import { expireSlice } from "../keyspace/expire_cycle.ts";
import type { Timer } from "../ports/clock.ts";
import type { ReplyDelivery } from "./reply_delivery.ts";
import type { Server } from "./server.ts";

/** Longest time that a slice of housekeeping keeps clients waiting, in milliseconds. */
const SLICE_MS = 1;
/** While much is due, slices follow each other after this many milliseconds: a fifth of the time is theirs. */
const BUSY_DELAY_MS = 4;
const LAZY_FREE_KEYS = 2048;
const CLIENTS_CHECK_MS = 1000;

/** Runs `hz` times a second. */
export class Cron {
  #tickTimer: Timer | undefined;
  #busyTimer: Timer | undefined;
  #lastClientsCheckMs = 0;

  constructor(private readonly server: Server, private readonly delivery: ReplyDelivery) {}

  /** Begins. */
  start(): void {
    const { clock, config } = this.server;
    this.#tickTimer = clock.after(1000 / config.number("hz"), () => {
      const startMs = clock.monotonicMs();
      if (!this.server.isCronPaused) this.#tick();
      const microseconds = (clock.monotonicMs() - startMs) * 1000;
      this.server.stats.cronMicroseconds += microseconds;
      this.server.stats.countRound(microseconds, 0);
      this.start();
    });
  }

  /** Ends. */
  stop(): void {
    this.#tickTimer?.cancel();
    this.#busyTimer?.cancel();
  }

  #tick(): void {
    const { server } = this;
    const nowMs = server.clock.now();
    server.keyspace.setTime(nowMs);
    server.ending.runScheduled();
    server.clients.checkPause(nowMs);
    server.wakeBlocked();
    server.stats.sample(nowMs);
    this.delivery.tend(server.clients, server.memory.hasRoom);
    server.clients.measure();
    server.clientEviction.enforce();
    server.tracking.trim();
    if (!server.persistence.loader.isLoading) server.persistence.check(nowMs);
    server.stats.peakBytes = Math.max(server.stats.peakBytes, server.memory.usedBytes);
    if (nowMs - this.#lastClientsCheckMs >= CLIENTS_CHECK_MS) {
      this.#lastClientsCheckMs = nowMs;
      for (const { reader } of server.clients) reader.giveBack();
      this.#closeIdleClients(nowMs);
    }
    if (this.#busyTimer === undefined && !server.persistence.loader.isLoading) this.#work();
  }

  /** One slice of expiring and freeing; arranges for the next one soon if there is more to do. */
  #work(): void {
    const { server } = this;
    const { clock, keyspace, config } = server;
    this.#busyTimer = undefined;
    keyspace.setTime(clock.now());
    const startMs = clock.monotonicMs();
    const elapsed = () => clock.monotonicMs() - startMs;
    const budgetMs = SLICE_MS * (0.9 + config.number("active-expire-effort") / 10);
    const isCut = server.activeExpireEnabled && expireSlice(keyspace, elapsed, budgetMs);
    const lazyFree = keyspace.lazyFree;
    while (!lazyFree.isIdle && elapsed() < budgetMs) lazyFree.step(LAZY_FREE_KEYS);
    server.wakeBlocked();
    if (server.tracking.hasChanges) server.tracking.tellBroadcasters();
    if (isCut || !lazyFree.isIdle) {
      this.#busyTimer = clock.after(BUSY_DELAY_MS, () => this.#work());
    }
  }

  #closeIdleClients(nowMs: number): void {
    const timeoutMs = this.server.config.number("timeout") * 1000;
    if (timeoutMs === 0) return;
    for (const client of this.server.clients) {
      if (nowMs - client.lastInteractionMs > timeoutMs && client.holds === 0) {
        this.server.log.verbose("Closing idle client");
        client.close();
      }
    }
  }
}
