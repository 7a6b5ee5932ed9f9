/**
 * Turns what the keyspace reports by itself (expiry, eviction, lookups that find nothing) into what a client's change would be: it is
 * propagated, and goes through the door of changes.
 *
 * @module
 */
import type { Address } from "../arena/memory.ts";
import type { Config } from "../config/config.ts";
import type { FlagDirective } from "../config/directives.ts";
import type { Database } from "../keyspace/database.ts";
import type { Keyspace, KeyspaceObserver } from "../keyspace/keyspace.ts";
import { copyRange } from "../lib/bytes.ts";
import type { Changes } from "./changes.ts";
import type { Notifications } from "./key_events.ts";
import type { ChangeStream } from "./stream.ts";

/** The parts that an observer reports to. */
export interface ObserverParts {
  readonly config: Config;
  readonly keyspace: Keyspace;
  readonly propagation: ChangeStream;
  /** The door that every change goes through. */
  readonly changes: Pick<Changes, "keyChanged">;
  readonly notifications: Notifications;
}

/** Makes the observer of a server. None of this counts as a change since the last save, because it would happen again after a load. */
export function observeKeyspace(
  { changes, config, keyspace, notifications, propagation }: ObserverParts,
): KeyspaceObserver {
  /**
   * Reports a key that is about to be deleted. The directive says whether replicas and the file should free its memory later (UNLINK) or at
   * once (DEL).
   */
  const deleted = (
    database: Database,
    entry: Address,
    event: "expired" | "evicted",
    directive: FlagDirective,
  ) => {
    const key = keyspace.entries.key(entry);
    if (propagation.isOn) {
      const name = config.flag(directive) ? "UNLINK" : "DEL";
      propagation.add(database.index, [name, key]);
    }
    changes.keyChanged(database, key, event, event, 0);
  };

  return {
    keyExpired: (database, entry) => deleted(database, entry, "expired", "lazyfree-lazy-expire"),
    keyEvicted: (database, entry) => deleted(database, entry, "evicted", "lazyfree-lazy-eviction"),
    fieldExpired(database, entry, field) {
      if (!propagation.isOn) return;
      propagation.add(database.index, ["HDEL", copyRange(keyspace.entries.key(entry)), field]);
    },
    fieldsExpired(database, entry, isEmpty) {
      const key = keyspace.entries.key(entry);
      changes.keyChanged(database, key, "hash", "hexpired", 0);
      if (isEmpty) changes.keyChanged(database, key, "generic", "del", 0);
    },
    keyMissed({ index }, bytes, start, length) {
      notifications.notify(index, { bytes, start, length }, "miss", "keymiss");
    },
    keyAdded({ index }, bytes, start, length) {
      if (index < 0) return;
      notifications.notify(index, { bytes, start, length }, "new", "new");
    },
  };
}
