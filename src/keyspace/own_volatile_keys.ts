/**
 * The keys of a replica that got their TTL from its own clients (`replica-read-only no`). Nothing else expires on a replica: the primary says
 * what goes, but of these keys it knows nothing.
 *
 * @module
 */
import type { Address } from "../arena/memory.ts";
import { type ByteRange, fromLatin1, latin1 } from "../lib/bytes.ts";

/** How many keys are looked at before the time. */
const KEYS_AT_ONCE = 64;

/** What is asked of entries. */
interface VolatileEntries {
  key(entry: Address): ByteRange;
  hasTtl(entry: Address): boolean;
}

/** What is asked of a database. */
interface ExpiringDatabase {
  peek(bytes: Uint8Array, start: number, length: number): Address;
  isExpired(entry: Address): boolean;
  expireNow(entry: Address): void;
}

/** Such keys of one server. */
export class OwnVolatileKeys {
  /** Whether they stay for now, because of CLIENT PAUSE. */
  isPaused = false;
  readonly #keys = new Map<ExpiringDatabase, Set<string>>();

  constructor(private readonly entries: VolatileEntries) {}

  /** How many keys are remembered; some may not be there any more. */
  get size(): number {
    let size = 0;
    for (const keys of this.#keys.values()) size += keys.size;
    return size;
  }

  /** Remembers a key. */
  add(database: ExpiringDatabase, entry: Address): void {
    const { bytes, start, length } = this.entries.key(entry);
    let keys = this.#keys.get(database);
    if (keys === undefined) this.#keys.set(database, keys = new Set());
    keys.add(latin1(bytes, start, length));
  }

  /** Deletes those that have expired, until `isTimeUp`, and forgets those that will not expire. */
  expire(isTimeUp: () => boolean): void {
    if (this.isPaused) return;
    let seen = 0;
    for (const [database, keys] of this.#keys) {
      for (const key of keys) {
        if (!this.#expireKey(database, key)) continue;
        keys.delete(key);
        if (++seen % KEYS_AT_ONCE === 0 && isTimeUp()) return;
      }
    }
  }

  /** Deletes a key if it has expired; returns whether it can be forgotten. */
  #expireKey(database: ExpiringDatabase, key: string): boolean {
    const bytes = fromLatin1(key);
    const entry = database.peek(bytes, 0, bytes.length);
    if (entry === 0 || !this.entries.hasTtl(entry)) return true;
    if (!database.isExpired(entry)) return false;
    database.expireNow(entry);
    return true;
  }
}
