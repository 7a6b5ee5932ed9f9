/**
 * The door that every change of the data goes through, after the change, whoever has made it: a command, the clock, the lack of memory.
 * Everybody who is concerned hangs here and nowhere else; each costs a branch while nobody is concerned.
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

/** Events of keys that no client is the author of, though its command may have brought them to light. */
const HAPPEN_BY_THEMSELVES: ReadonlySet<string> = new Set(["expired", "evicted", "hexpired"]);

/** Whose request is at hand when something changes. */
export interface RequestAtHand {
  /** The client whose requests run now. */
  readonly current: Client | undefined;
  /** None of its commands runs at this moment. */
  readonly isBetweenRequests: boolean;
}

/** Who is concerned by changes. */
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

  constructor(private readonly parts: ChangesParts) {}

  /** Changes since the data was last saved. */
  get sinceSave(): number {
    return this.#sinceSave;
  }

  /** All data is as it is on disk, but for `later` changes: made while it was written. */
  saved(later = 0): void {
    this.#sinceSave = later;
  }

  /** Adds to the changes since the last save, without a key that has changed (a consumer has read). */
  count(changes: number): void {
    this.#sinceSave += changes;
  }

  /** A key has changed: called once for each key and change, after it. `changes` counts towards the next save. */
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

  /** A database holds other keys than before: FLUSHALL, SWAPDB. */
  databaseChanged(database: Database, changes: number): void {
    this.#sinceSave += changes;
    this.parts.blocked.databaseChanged(database);
    this.parts.watched.databaseChanged(database);
  }
}
