/**
 * An index from keys to clients: those that wait for a key, or those that watch it.
 *
 * @module
 */
import type { Database } from "../keyspace/database.ts";
import { latin1 } from "../lib/bytes.ts";
import type { Client } from "./client.ts";

const NOBODY: ReadonlySet<Client> = new Set();

/** Clients by database and key, in order of arrival. Keys are texts, a character for each byte. */
export class ClientsByKey {
  readonly #databases = new Map<Database, Map<string, Set<Client>>>();
  #keyCount = 0;

  /** Number of keys that have clients. */
  get keyCount(): number {
    return this.#keyCount;
  }

  /** Adds a client to a key. */
  add(database: Database, key: string, client: Client): void {
    let keys = this.#databases.get(database);
    if (keys === undefined) this.#databases.set(database, keys = new Map());
    const clients = keys.get(key);
    if (clients !== undefined) {
      clients.add(client);
      return;
    }
    keys.set(key, new Set([client]));
    this.#keyCount++;
  }

  /** Removes a client from a key. */
  remove(database: Database, key: string, client: Client): void {
    const keys = this.#databases.get(database);
    const clients = keys?.get(key);
    if (keys === undefined || clients === undefined || !clients.delete(client)) return;
    if (clients.size > 0) return;
    keys.delete(key);
    this.#keyCount--;
    if (keys.size === 0) this.#databases.delete(database);
  }

  /** The key in these bytes as a text, if it has clients. */
  find(database: Database, bytes: Uint8Array, start: number, length: number): string | undefined {
    const keys = this.#databases.get(database);
    if (keys === undefined) return undefined;
    const key = latin1(bytes, start, length);
    return keys.has(key) ? key : undefined;
  }

  /** The keys of a database that have clients. */
  keys(database: Database): Iterable<string> {
    return this.#databases.get(database)?.keys() ?? [];
  }

  /** The clients of a key. */
  clients(database: Database, key: string): ReadonlySet<Client> {
    return this.#databases.get(database)?.get(key) ?? NOBODY;
  }

  /** The clients of every key. */
  *all(): Generator<ReadonlySet<Client>> {
    for (const keys of this.#databases.values()) yield* keys.values();
  }
}
