/**
 * Keys that clients watch (WATCH): if one of them changes, the client's next transaction does nothing.
 *
 * @module
 */
import type { Database } from "../keyspace/database.ts";
import type { Client } from "./client.ts";
import { ClientsByKey } from "./clients_by_key.ts";

/** A key that a client watches. */
export interface WatchedKey {
  readonly database: Database;
  /** A character for each byte. */
  readonly key: string;
  /** Whether it was there when the client began to watch it. */
  readonly wasThere: boolean;
}

/** All keys that are watched. */
export class WatchedKeys {
  readonly #clients = new ClientsByKey();

  /** How many keys are watched. */
  get size(): number {
    return this.#clients.keyCount;
  }

  /** Makes a client watch a key. */
  watch(client: Client, watched: WatchedKey): void {
    const { database, key } = watched;
    if (this.#clients.clients(database, key).has(client)) return;
    this.#clients.add(database, key, client);
    client.watched.push(watched);
  }

  /** Makes a client watch nothing, and forgets what has changed. */
  unwatch(client: Client): void {
    for (const { database, key } of client.watched) this.#clients.remove(database, key, client);
    client.watched.length = 0;
    client.watchedHaveChanged = false;
  }

  /** Notes that a key has changed. */
  keyChanged(database: Database, bytes: Uint8Array, start: number, length: number): void {
    const key = this.#clients.find(database, bytes, start, length);
    if (key === undefined) return;
    for (const client of this.#clients.clients(database, key)) client.watchedHaveChanged = true;
  }

  /** Notes that a database holds other keys than before: concerns keys that were there, and those for which `isThere` says that they are. */
  databaseChanged(database: Database, isThere: (key: string) => boolean): void {
    for (const key of this.#clients.keys(database)) {
      const isFound = isThere(key);
      for (const client of this.#clients.clients(database, key)) {
        const wasThere = client.watched.some((watched) =>
          watched.database === database && watched.key === key && watched.wasThere
        );
        if (wasThere || isFound) client.watchedHaveChanged = true;
      }
    }
  }
}
