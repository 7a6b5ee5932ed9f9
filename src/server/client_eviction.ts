/**
 * `maxmemory-clients`: when clients take more memory together than that, those that take most are closed.
 *
 * A client is measured when it has run requests; all are measured some times a second, because what others send to a client grows its
 * output without its doing anything.
 *
 * @module
 */
import type { Server } from "./server.ts";

/** The limit of one server. */
export class ClientEviction {
  /** Clients closed so far. */
  evicted = 0;
  #limitBytes = 0;

  constructor(private readonly server: Server) {
    const { config } = server;
    const follow = () => {
      const limit = config.number("maxmemory-clients");
      // Below zero: a share of maxmemory, in percent.
      const maximum = config.number("maxmemory");
      this.#limitBytes = limit < 0 ? Math.floor(maximum * -limit / 100) : limit;
      this.server.clients.areMeasured = this.isOn || maximum > 0;
      this.server.clients.measure();
      this.enforce();
    };
    config.follow("maxmemory-clients", follow);
    config.follow("maxmemory", follow);
  }

  /** Whether there is a limit. */
  get isOn(): boolean {
    return this.#limitBytes > 0;
  }

  /** Closes the largest clients until the others stay within the limit. Clients with CLIENT NO-EVICT count, but are left alone. */
  enforce(): void {
    const { clients, clock, log } = this.server;
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
