/**
 * Fingerprints tell whether the value of a key, or its TTL, is what it was.
 *
 * They cover what clients can learn and not how it lies in memory: a value that changes its encoding keeps its fingerprint, and so does a
 * set whose members change their order. The time when a consumer was last seen does not count, because Redis 7.2 does not propagate it.
 *
 * @module
 */
import { EntryRequests } from "../aof/entry_requests.ts";
import type { Address } from "../arena/memory.ts";
import type { Database } from "../keyspace/database.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import { type PerType, ValueType } from "../keyspace/value_type.ts";
import { type ByteRange, fromLatin1 } from "../lib/bytes.ts";

/** A larger value is told apart by its size alone, so that inspecting commands does not take too long. */
const MOST_ELEMENTS = 512;
const MOST_BYTES = 16384;
const FNV_OFFSET = 0x811c9dc5 | 0;
const FNV_PRIME = 0x01000193;

/** FNV-1a over a range, beginning with `hash`. */
function mix(hash: number, { bytes, start, length }: ByteRange): number {
  let mixed = Math.imul(hash ^ length, FNV_PRIME);
  for (let i = start; i < start + length; i++) mixed = Math.imul(mixed ^ bytes[i], FNV_PRIME);
  return mixed;
}

function mixNumber(hash: number, number: number): number {
  const bytes = fromLatin1(String(number));
  return mix(hash, { bytes, start: 0, length: bytes.length });
}

/** The hash of a value; for a large one a text with its size and its TTL. */
export type Fingerprint = number | string;

/** Makes fingerprints. */
export class ValueFingerprints {
  readonly #forms: PerType<(database: Database, entry: Address) => number> = {
    [ValueType.String]: (_, entry) => mix(FNV_OFFSET, this.keyspace.entries.value(entry)),
    [ValueType.List]: (_, entry) => {
      let hash = FNV_OFFSET;
      const visit = (value: ByteRange) => void (hash = mix(hash, value));
      this.keyspace.lists.walk(entry, 0, Infinity, "tail", visit);
      return hash;
    },
    [ValueType.Set]: (_, entry) => {
      const { sets } = this.keyspace;
      let sum = FNV_OFFSET;
      sets.forEach(entry, (handle) => void (sum += mix(FNV_OFFSET, sets.member(entry, handle))));
      return sum;
    },
    [ValueType.SortedSet]: (_, entry) => {
      const { sortedSets } = this.keyspace;
      let hash = FNV_OFFSET;
      sortedSets.walk(entry, 0, Infinity, false, (handle) => {
        hash = mix(hash, sortedSets.member(entry, handle));
        hash = mixNumber(hash, sortedSets.score(entry, handle));
      });
      return hash;
    },
    [ValueType.Hash]: (_, entry) => {
      const { hashes } = this.keyspace;
      let sum = FNV_OFFSET;
      hashes.forEach(entry, (handle) => {
        const field = mix(
          mix(FNV_OFFSET, hashes.field(entry, handle)),
          hashes.value(entry, handle),
        );
        sum += mixNumber(field, hashes.deadline(entry, handle));
      });
      return sum;
    },
    [ValueType.Stream]: (database, entry) => {
      let hash = FNV_OFFSET;
      const requests = new EntryRequests(this.keyspace, (bytes) => {
        hash = mix(hash, { bytes, start: 0, length: bytes.length });
      });
      requests.entry(database, entry);
      requests.end();
      return hash;
    },
  };

  constructor(private readonly keyspace: Keyspace) {}

  /** The fingerprint of an entry of a database. */
  of(database: Database, entry: Address): Fingerprint {
    const { entries } = this.keyspace;
    const type = entries.type(entry);
    const count = this.keyspace.types[type].count(entry);
    const length = entries.valueLength(entry);
    const deadlineMs = entries.hasTtl(entry) ? entries.deadline(entry) : 0;
    const isLarge = count > MOST_ELEMENTS || length > MOST_BYTES;
    if (isLarge) return `${type}, ${count} elements, ${length} bytes, until ${deadlineMs}`;
    return mixNumber(mixNumber(this.#forms[type](database, entry), type), deadlineMs);
  }
}
