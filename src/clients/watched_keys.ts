/**
 * Keys that clients watch (WATCH). If one of them changes, the client's next transaction does nothing.
 *
 * An expired key counts as absent, whether it has been deleted yet or not. So for a client that began to watch an expired key it is no
 * change when the key is deleted, or when SWAPDB puts another expired key or no key in its place.
 *
 * @module
 */
import type { Database } from "../keyspace/database.ts";
import { type ByteRange, fromLatin1 } from "../lib/bytes.ts";
import type { Client } from "./client.ts";
import { ClientsByKey } from "./clients_by_key.ts";
import type { Presence, WatchedKey } from "./watched_key.ts";

/** Estimated memory of a watched key besides its letters, in bytes. */
const WATCHED_BYTES = 128;

/** All keys that are watched. */
export class WatchedKeys {
  readonly #clients = new ClientsByKey();

  /** How many keys are watched. */
  get size(): number {
    return this.#clients.keyCount;
  }

  /** Makes a client watch a key. */
  watch(client: Client, database: Database, key: string): void {
    if (this.#clients.clients(database, key).has(client)) return;
    this.#clients.add(database, key, client);
    client.watched.push({ database, key, presence: presenceOf(database, key) });
    client.watchedBytes += key.length + WATCHED_BYTES;
  }

  /** Ends a client's watching, and forgets what has changed. */
  unwatch(client: Client): void {
    for (const { database, key } of client.watched) this.#clients.remove(database, key, client);
    client.watched.length = 0;
    client.watchedBytes = 0;
    client.watchedHaveChanged = false;
  }

  /** Whether a key that a client watches has changed, or has expired since without having been deleted yet. */
  haveChanged(client: Client): boolean {
    return client.watchedHaveChanged ||
      client.watched.some(({ database, key, presence }) =>
        presence !== "expired" && presenceOf(database, key) === "expired"
      );
  }

  /** Records that a key has changed, or has expired and is about to be deleted. */
  keyChanged(database: Database, { bytes, start, length }: ByteRange): void {
    const key = this.#clients.find(database, bytes, start, length);
    if (key === undefined) return;
    const now = presenceOf(database, key);
    for (const client of this.#clients.clients(database, key)) {
      if (client.watchedHaveChanged) continue;
      const watched = find(client, database, key);
      if (watched.presence === "expired" && now === "expired") watched.presence = "absent";
      else client.watchedHaveChanged = true;
    }
  }

  /** Records that a database holds other keys than before. */
  databaseChanged(database: Database): void {
    for (const key of this.#clients.keys(database)) {
      const now = presenceOf(database, key);
      for (const client of this.#clients.clients(database, key)) {
        if (client.watchedHaveChanged) continue;
        const watched = find(client, database, key);
        if (watched.presence === "there" || now === "there") client.watchedHaveChanged = true;
        else watched.presence = now;
      }
    }
  }
}

function presenceOf(database: Database, key: string): Presence {
  const entry = database.peek(fromLatin1(key), 0, key.length);
  if (entry === 0) return "absent";
  return database.isExpired(entry) ? "expired" : "there";
}

/** How a client watches a key. */
function find(client: Client, database: Database, key: string): WatchedKey {
  return client.watched.find((watched) => watched.key === key && watched.database === database)!;
}
