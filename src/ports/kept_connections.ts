/**
 * Connections to other servers that are kept for a while when what they were opened for is done, because more is likely to follow.
 *
 * @module
 */
import type { Clock } from "./clock.ts";
import type { OutgoingConnection } from "./outgoing.ts";

/** Who has not been used for so long is closed. */
const IDLE_MS = 10_000;
const MOST = 64;

/** A connection that is kept. */
export interface KeptConnection {
  readonly connection: OutgoingConnection;
  /** The database that the other server has selected for it; undefined if that is not known. */
  readonly database: number | undefined;
}

/** Connections by the address that they lead to, each of which is in nobody's use. */
export class KeptConnections {
  readonly #byAddress = new Map<string, KeptConnection & { readonly sinceMs: number }>();

  constructor(private readonly clock: Clock) {}

  /** How many there are. */
  get size(): number {
    return this.#byAddress.size;
  }

  /** Hands out the connection to an address, if there is one. */
  take(address: string): KeptConnection | undefined {
    const kept = this.#byAddress.get(address);
    this.#byAddress.delete(address);
    return kept;
  }

  /** Keeps a connection to an address to which there is none. Of too many the one that has been idle longest is closed. */
  keep(address: string, connection: OutgoingConnection, database: number | undefined): void {
    if (this.#byAddress.size === MOST) this.#close(this.#byAddress.keys().next().value!);
    this.#byAddress.set(address, { connection, database, sinceMs: this.clock.now() });
  }

  /** Closes those that have been idle for ten seconds. */
  closeIdle(): void {
    const limit = this.clock.now() - IDLE_MS;
    for (const [address, { sinceMs }] of this.#byAddress) if (sinceMs < limit) this.#close(address);
  }

  /** Closes all. */
  closeAll(): void {
    for (const address of [...this.#byAddress.keys()]) this.#close(address);
  }

  #close(address: string): void {
    this.take(address)?.connection.close();
  }
}
