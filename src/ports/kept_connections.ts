/**
 * Connections to other servers that stay open for a while after their use, because more is likely to follow.
 *
 * @module
 */
import type { Clock } from "./clock.ts";
import type { OutgoingConnection } from "./outgoing.ts";

/** A connection that has been idle for this long is closed. */
const IDLE_MS = 10_000;
const MOST = 64;

/** A connection that is kept. */
export interface KeptConnection {
  readonly connection: OutgoingConnection;
  /** The database that the other server has selected for it; undefined if that is not known. */
  readonly database: number | undefined;
}

/** The connections that are not in use, by the address that they lead to. */
export class KeptConnections {
  readonly #byAddress = new Map<string, KeptConnection & { readonly sinceMs: number }>();

  constructor(private readonly clock: Clock) {}

  get size(): number {
    return this.#byAddress.size;
  }

  /** Hands out the connection to an address, if there is one; it is no longer kept then. */
  take(address: string): KeptConnection | undefined {
    const kept = this.#byAddress.get(address);
    this.#byAddress.delete(address);
    return kept;
  }

  /** Keeps a connection to an address that has none. If there are too many, the one that has been idle longest is closed. */
  keep(address: string, connection: OutgoingConnection, database: number | undefined): void {
    if (this.#byAddress.size === MOST) this.#close(this.#byAddress.keys().next().value!);
    this.#byAddress.set(address, { connection, database, sinceMs: this.clock.now() });
  }

  /** Closes those that have been idle for ten seconds. */
  closeIdle(): void {
    const limit = this.clock.now() - IDLE_MS;
    for (const [address, { sinceMs }] of this.#byAddress) if (sinceMs < limit) this.#close(address);
  }

  closeAll(): void {
    for (const address of [...this.#byAddress.keys()]) this.#close(address);
  }

  #close(address: string): void {
    this.take(address)?.connection.close();
  }
}
