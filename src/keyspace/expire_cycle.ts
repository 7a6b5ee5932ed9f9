/**
 * The active expire cycle: deletes expired keys that nobody asks for.
 *
 * It walks the vector of keys with a TTL, so it never looks at a key without one. A slice ends when its time is up, or when a round finds
 * few expired keys; the next slice goes on from there. Slices are short (the server says how short) and follow each other quickly while
 * many keys are due, so a million keys that expire in the same second are gone soon and no client waits for them.
 *
 * @module
 */
import type { Database } from "./database.ts";
import type { Keyspace } from "./keyspace.ts";

const ROUND = 64;
/** If a smaller share of the keys than this has expired, the database is left alone until the next cycle. */
const WORTHWHILE_SHARE = 0.1;
/** How many keys of a database a cycle looks at even if few are due. */
const MIN_KEYS = 1024;

/** Runs one slice until `elapsedMs` says that about `budgetMs` have passed; returns whether keys were still due then. */
export function expireSlice(
  keyspace: Keyspace,
  elapsedMs: () => number,
  budgetMs: number,
): boolean {
  if (keyspace.keepsExpired) {
    keyspace.ownVolatileKeys?.expire(() => elapsedMs() >= budgetMs);
    return false;
  }
  let seen = 0;
  let deleted = 0;
  for (const database of keyspace.databases) {
    let remaining = Math.max(MIN_KEYS, ROUND);
    while (database.volatileSize > 0) {
      const checked = Math.min(ROUND, database.volatileSize);
      const expired = expireRound(keyspace, database, checked);
      seen += checked;
      deleted += expired;
      remaining -= checked;
      if (elapsedMs() >= budgetMs) {
        keyspace.stats.expireCyclesCut++;
        updateStaleShare(keyspace, seen, deleted);
        return true;
      }
      const isWorthwhile = expired > checked * WORTHWHILE_SHARE;
      if (!isWorthwhile && (remaining <= 0 || checked === database.volatileSize)) break;
    }
  }
  updateStaleShare(keyspace, seen, deleted);
  return expireFields(keyspace, elapsedMs, budgetMs);
}

/** Removes expired fields of hashes; returns whether the time was up before all were gone. */
function expireFields(keyspace: Keyspace, elapsedMs: () => number, budgetMs: number): boolean {
  for (const database of keyspace.databases) {
    for (;;) {
      const entry = keyspace.volatileFields.dueHash(database, keyspace.nowMs);
      if (entry === 0) break;
      if (elapsedMs() >= budgetMs) return true;
      database.expireFields(entry, ROUND);
    }
  }
  return false;
}

/** Looks at the next `count` keys with a TTL, from the last one backwards; returns how many were deleted. */
function expireRound(keyspace: Keyspace, database: Database, count: number): number {
  const { entries, nowMs } = keyspace;
  let deleted = 0;
  let ttlSum = 0;
  let ttlCount = 0;
  for (let i = 0; i < count && database.volatileSize > 0; i++) {
    if (database.expireCursor === 0) database.expireCursor = database.volatileSize;
    // The last key takes the place of a deleted one. Going backwards misses none, because the last key has been looked at already.
    const index = Math.min(--database.expireCursor, database.volatileSize - 1);
    const entry = database.volatileAt(index);
    if (database.isExpired(entry)) {
      database.expire(entry);
      deleted++;
    } else {
      ttlSum += Math.max(0, entries.deadline(entry) - nowMs);
      ttlCount++;
    }
  }
  if (ttlCount > 0) {
    const average = ttlSum / ttlCount;
    database.averageTtlMs = database.averageTtlMs === 0
      ? average
      : database.averageTtlMs * 0.98 + average * 0.02;
  }
  return deleted;
}

function updateStaleShare(keyspace: Keyspace, seen: number, deleted: number): void {
  const share = seen === 0 ? 0 : deleted / seen;
  keyspace.stats.staleShare = share * 0.05 + keyspace.stats.staleShare * 0.95;
}
