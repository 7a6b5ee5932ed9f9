/**
 * What the keyspace was at one moment, kept as the difference to what it is at another one.
 *
 *     branch      ──▶ changes ──▶ now
 *     record of the branch:  for each database   where its dict is now
 *                                                the hashes of the keys that have changed since, and these keys as they were
 *
 * Keys are copied before they change. A dict that leaves its database (FLUSHALL) is not copied at all: the record takes it over. So a record
 * costs what has changed, and so does going back.
 *
 * @module
 */
import type { Address } from "../arena/memory.ts";
import { copyRange, latin1 } from "../lib/bytes.ts";
import { Database, type DetachedKeys } from "./database.ts";
import type { Keyspace } from "./keyspace.ts";

/** Keys that have changed: their names, a character for each byte, by the index of their database; or all keys of a database. */
export type ChangedKeys = Map<number, Set<string> | "all">;

/** Where a dict is that is in no database any more. */
const NOWHERE = -1;

/** What one database was. */
class DatabaseRecord {
  /** Root of the dict that it had; {@link NOWHERE} once the dict is {@link kept}. */
  root: Address;
  /** Its dict, if that has left its database. */
  kept: DetachedKeys | undefined;
  /** The database that had its dict at the other moment; only known when the record is closed. */
  home = NOWHERE;
  /** Hashes whose keys are as they were in {@link store}, and no longer in the dict. */
  readonly saved = new Set<number>();
  /** The keys with these hashes, as they were; made when the first one comes. */
  store: Database | undefined;
  /** The access clocks of keys that were only read, as they were, by hash and name. */
  readonly clocks = new Map<number, Map<string, number>>();

  constructor(database: Database) {
    this.root = database.root;
  }
}

/** The state of a keyspace; see the module's comment. It is open, and must be told of changes, until {@link close}. */
export class BranchRecord {
  readonly #databases: DatabaseRecord[];
  readonly #byRoot = new Map<Address, DatabaseRecord>();

  /** The record of this moment. O(databases). */
  constructor(private readonly keyspace: Keyspace) {
    this.#databases = keyspace.databases.map((database) => new DatabaseRecord(database));
    for (const record of this.#databases) this.#byRoot.set(record.root, record);
  }

  /** Saves the keys with this hash, before they change. */
  save(root: Address, hash: number): void {
    const record = this.#byRoot.get(root);
    if (record === undefined || record.saved.has(hash)) return;
    record.saved.add(hash);
    const { entries, dict } = this.keyspace;
    const clocks = record.clocks.get(hash);
    dict.forEachWithHash(root, hash, (entry) => {
      const store = record.store ??= new Database(this.keyspace, NOWHERE);
      const key = copyRange(entries.key(entry));
      store.copyTo(entry, store, key.bytes, key.start, key.length);
      const clock = clocks?.get(latin1(key.bytes, key.start, key.length));
      if (clock !== undefined) {
        entries.setClock(store.peek(key.bytes, key.start, key.length), clock);
      }
    });
    record.clocks.delete(hash);
  }

  /** Saves the access clock of a key, before it is read. */
  saveClock(root: Address, hash: number, entry: Address): void {
    const record = this.#byRoot.get(root);
    if (record === undefined || record.saved.has(hash)) return;
    const { entries } = this.keyspace;
    const { bytes, start, length } = entries.key(entry);
    const key = latin1(bytes, start, length);
    let clocks = record.clocks.get(hash);
    if (clocks === undefined) record.clocks.set(hash, clocks = new Map());
    if (!clocks.has(key)) clocks.set(key, entries.clock(entry));
  }

  /** Takes a dict over that leaves its database, if it is one of those that it knows. */
  keep(detached: DetachedKeys): boolean {
    const record = this.#byRoot.get(detached.root);
    if (record === undefined) return false;
    this.#byRoot.delete(detached.root);
    record.root = NOWHERE;
    record.kept = detached;
    return true;
  }

  /** Ends the recording: from now on it says what was different from this moment. O(databases). */
  close(): void {
    for (const { index, root } of this.keyspace.databases) {
      const record = this.#byRoot.get(root);
      if (record !== undefined) record.home = index;
    }
    this.#byRoot.clear();
  }

  /**
   * Makes the keyspace what it was; it must be as it was at {@link close}. The record is used up. What it changes is noted in `changed`.
   */
  apply(changed: ChangedKeys): void {
    this.#arrange(changed);
    const { databases } = this.keyspace;
    this.#databases.forEach((record, i) => {
      for (const hash of record.saved) this.#replace(databases[i], record.store, hash, changed);
      for (const [hash, clocks] of record.clocks) this.#setClocks(databases[i], hash, clocks);
    });
    this.release();
  }

  /** Makes it the state before the one that `earlier` is the difference to, whose content it takes. It stays open if `earlier` is. */
  continueWith(earlier: BranchRecord): void {
    this.#byRoot.clear();
    for (const record of this.#databases) {
      if (record.kept !== undefined) continue;
      const other = earlier.#databases[record.home];
      record.root = other.root;
      record.home = other.home;
      record.kept = other.kept;
      other.kept = undefined;
      if (earlier.#byRoot.has(record.root)) this.#byRoot.set(record.root, record);
      this.#join(record, other);
    }
    earlier.release();
  }

  /** Frees what it holds, in the background. */
  release(): void {
    const { lazyFree } = this.keyspace;
    this.#byRoot.clear();
    for (const record of this.#databases) {
      const { kept, store } = record;
      if (store !== undefined) lazyFree.discard(store);
      if (kept !== undefined) lazyFree.addDetached(kept);
      record.store = record.kept = undefined;
      record.saved.clear();
      record.clocks.clear();
    }
  }

  /** Every block that it holds, for the checker. */
  *blocks(): Generator<Address> {
    for (const { kept, store } of this.#databases) {
      if (store !== undefined) yield* store.blocks();
      if (kept !== undefined) yield* this.keyspace.detachedBlocks(kept);
    }
  }

  /** Puts each dict into the database where it was. */
  #arrange(changed: ChangedKeys): void {
    const { databases, lazyFree } = this.keyspace;
    /** Where the dict is that was in database i at the other moment. */
    const places = databases.map(({ index }) => index);
    this.#databases.forEach(({ home }, i) => {
      if (home === NOWHERE || places[home] === i) return;
      const place = places[home];
      databases[i].swap(databases[place]);
      places[places.indexOf(i)] = place;
      places[home] = i;
      changed.set(i, "all").set(place, "all");
    });
    this.#databases.forEach((record, i) => {
      if (record.kept === undefined) return;
      lazyFree.add(databases[i]);
      databases[i].attach(record.kept);
      record.kept = undefined;
      changed.set(i, "all");
    });
  }

  /** Puts the keys with a hash in place of those that are in the database. */
  #replace(
    database: Database,
    store: Database | undefined,
    hash: number,
    changed: ChangedKeys,
  ): void {
    const { entries } = this.keyspace;
    for (const entry of entriesWith(database, hash)) {
      const key = copyRange(entries.key(entry));
      note(changed, database, latin1(key.bytes, key.start, key.length));
      database.delete(entry, true);
    }
    if (store === undefined) return;
    for (const entry of entriesWith(store, hash)) {
      const key = copyRange(entries.key(entry));
      note(changed, database, latin1(key.bytes, key.start, key.length));
      store.moveTo(entry, database, key.bytes, key.start, key.length);
    }
  }

  #setClocks(database: Database, hash: number, clocks: ReadonlyMap<string, number>): void {
    const { branches, entries } = this.keyspace;
    for (const entry of entriesWith(database, hash)) {
      const { bytes, start, length } = entries.key(entry);
      const clock = clocks.get(latin1(bytes, start, length));
      if (clock === undefined) continue;
      branches?.beforeTouch(database.root, hash, entry);
      entries.setClock(entry, clock);
    }
  }

  /** Adds to a record of one database what an earlier one holds besides. */
  #join(record: DatabaseRecord, earlier: DatabaseRecord): void {
    const { entries } = this.keyspace;
    for (const hash of earlier.saved) {
      if (record.saved.has(hash)) continue;
      record.saved.add(hash);
      const clocks = record.clocks.get(hash);
      record.clocks.delete(hash);
      if (earlier.store === undefined) continue;
      for (const entry of entriesWith(earlier.store, hash)) {
        const key = copyRange(entries.key(entry));
        const clock = clocks?.get(latin1(key.bytes, key.start, key.length));
        if (clock !== undefined) entries.setClock(entry, clock);
        record.store ??= new Database(this.keyspace, NOWHERE);
        earlier.store.moveTo(entry, record.store, key.bytes, key.start, key.length);
      }
    }
    for (const [hash, clocks] of earlier.clocks) {
      if (record.saved.has(hash)) continue;
      record.clocks.set(hash, new Map([...clocks, ...record.clocks.get(hash) ?? []]));
    }
  }
}

function entriesWith(database: Database, hash: number): Address[] {
  const found: Address[] = [];
  database.forEachWithHash(hash, (entry) => found.push(entry));
  return found;
}

function note(changed: ChangedKeys, { index }: Database, key: string): void {
  const keys = changed.get(index);
  if (keys === "all") return;
  if (keys === undefined) changed.set(index, new Set([key]));
  else keys.add(key);
}
