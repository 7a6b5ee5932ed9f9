/**
 * `maxmemory-clients`: when all clients together take more memory than this, the largest ones are closed.
 *
 * A client is measured after its requests have run. All clients are measured a few times a second, because messages from others make a
 * client's output grow without its doing anything.
 *
 * @module
 */
import type { ClientRegistry } from "../clients/client_registry.ts";
import type { Config } from "../config/config.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../telemetry/log.ts";

/** What the limit depends on. */
export interface ClientEvictionParts {
  readonly clients: ClientRegistry;
  readonly clock: Clock;
  readonly config: Config;
  readonly log: Log;
}

/** The limit of one server. */
export class ClientEviction {
  /** Clients closed so far. */
  evicted = 0;
  #limitBytes = 0;

  constructor(private readonly parts: ClientEvictionParts) {
    const { config } = parts;
    const follow = () => {
      const limit = config.number("maxmemory-clients");
      // A number below zero is a share of maxmemory, in percent.
      const maximum = config.number("maxmemory");
      this.#limitBytes = limit < 0 ? Math.floor(maximum * -limit / 100) : limit;
      parts.clients.areMeasured = this.isOn || maximum > 0;
      parts.clients.measure();
      this.enforce();
    };
    config.follow("maxmemory-clients", follow);
    config.follow("maxmemory", follow);
  }

  /** Whether there is a limit. */
  get isOn(): boolean {
    return this.#limitBytes > 0;
  }

  /** Closes the largest clients until the others are within the limit. Clients with CLIENT NO-EVICT count, but are never closed. */
  enforce(): void {
    const { clients, clock, log } = this.parts;
    if (!this.isOn || clients.bufferBytes <= this.#limitBytes) return;
    const bySize = [...clients].filter(({ isClosed, noEvict }) => !isClosed && !noEvict)
      .sort((a, b) => b.measuredBytes - a.measuredBytes);
    for (const client of bySize) {
      if (clients.bufferBytes <= this.#limitBytes) return;
      log.notice(`Evicting client: ${client.describe(clock.now())}`);
      this.evicted++;
      client.close();
      clients.remeasure(client);
    }
  }
}
