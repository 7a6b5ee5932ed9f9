/**
 * A key that a client watches (WATCH), as the client remembers it.
 *
 * @module
 */
import type { Database } from "../keyspace/database.ts";

/** The state of a key, found without deleting it: absent, expired but still there, or there. */
export type Presence = "absent" | "expired" | "there";

/** A key that a client watches. */
export interface WatchedKey {
  readonly database: Database;
  /** A character for each byte. */
  readonly key: string;
  /** Its state when the client began to watch it, or after the last event that was no change for the client. */
  presence: Presence;
}
