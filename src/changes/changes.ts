/**
 * The door that every change of the data goes through after it was made, whether a command, the clock or the lack of memory has made it.
 * Everything that depends on changes is called from here and from nowhere else, and costs one branch while nobody needs it.
 *
 * @module
 */
import type { BlockedClients } from "../clients/blocked_clients.ts";
import type { Client } from "../clients/client.ts";
import type { Tracking } from "../clients/tracking.ts";
import type { WatchedKeys } from "../clients/watched_keys.ts";
import type { Database } from "../keyspace/database.ts";
import { type ByteRange, latin1 } from "../lib/bytes.ts";
import type { KeyEventClass, Notifications } from "./key_events.ts";

/** Events that no client is the author of, even if a client's command discovered them. */
const HAPPEN_BY_THEMSELVES: ReadonlySet<string> = new Set(["expired", "evicted", "hexpired"]);

/** The client whose request is at hand when something changes. */
export interface RequestAtHand {
  /** The client whose requests are running. */
  readonly current: Client | undefined;
  /** Whether none of its commands is running at this moment. */
  readonly isBetweenRequests: boolean;
}

/** The parts that depend on changes. */
export interface ChangesParts {
  readonly blocked: BlockedClients;
  readonly watched: WatchedKeys;
  readonly tracking: Tracking;
  readonly notifications: Notifications;
  readonly delivery: RequestAtHand;
}

/** The changes of one server's data. */
export class Changes {
  #sinceSave = 0;
  /** Changes that were saved, so that they no longer count in {@link sinceSave}. */
  #settled = 0;

  constructor(private readonly parts: ChangesParts) {}

  /** Changes since the data was last saved. */
  get sinceSave(): number {
    return this.#sinceSave;
  }

  /** All changes since the server was made. */
  get total(): number {
    return this.#settled + this.#sinceSave;
  }

  /** Records that the data was saved, except for the `later` changes that were made while it was written. */
  saved(later = 0): void {
    this.#settled += this.#sinceSave - later;
    this.#sinceSave = later;
  }

  /** Adds to the changes since the last save when no key's value has changed (a consumer has read). */
  count(changes: number): void {
    this.#sinceSave += changes;
  }

  /** Call it once after each change of a key. `changes` is how much it adds to the changes since the last save. */
  keyChanged(
    database: Database,
    key: ByteRange,
    eventClass: KeyEventClass,
    event: string,
    changes: number,
  ): void {
    const { delivery, blocked, notifications, tracking, watched } = this.parts;
    this.#sinceSave += changes;
    if (blocked.size > 0) blocked.keyChanged(database, key);
    if (watched.size > 0) watched.keyChanged(database, key);
    if (tracking.clientCount > 0) {
      const { current, isBetweenRequests } = delivery;
      const author = HAPPEN_BY_THEMSELVES.has(event) ? undefined : current;
      tracking.keyChanged(
        latin1(key.bytes, key.start, key.length),
        author,
        current,
        !isBetweenRequests,
      );
    }
    if (notifications.isOn) notifications.notify(database.index, key, eventClass, event);
  }

  /** Call it after a database has got other keys than before (FLUSHALL, SWAPDB). */
  databaseChanged(database: Database, changes: number): void {
    this.#sinceSave += changes;
    this.parts.blocked.databaseChanged(database);
    this.parts.watched.databaseChanged(database);
  }
}
