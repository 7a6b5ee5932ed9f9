/**
 * Signatures of data, by the method of Redis's DEBUG DIGEST: the same data gives the same 40 digits on both servers, in whatever order
 * keys are walked.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { Address } from "../../arena/memory.ts";
import { StreamId } from "../../encodings/stream_id.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import type { Keyspace } from "../../keyspace/keyspace.ts";
import { formatShortest } from "../../lib/double.ts";
import { type ByteRange, fromLatin1 } from "../../lib/bytes.ts";

const DIGEST_BYTES = 20;

const sha1 = (bytes: Uint8Array): Uint8Array => createHash("sha1").update(bytes).digest();
const bytesOf = ({ bytes, start, length }: ByteRange) => bytes.slice(start, start + length);

function toHex(digest: Uint8Array): string {
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Folds bytes into a digest so that the order of folding does not matter. */
function fold(digest: Uint8Array, bytes: Uint8Array): void {
  sha1(bytes).forEach((byte, i) => digest[i] ^= byte);
}

/** Folds bytes into a digest so that the order matters. */
function mix(digest: Uint8Array, bytes: Uint8Array): void {
  fold(digest, bytes);
  digest.set(sha1(digest));
}

function int32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value);
  return bytes;
}

/** Mixes an entry's value, and that it has a TTL, into a digest. */
function mixValue(keyspace: Keyspace, entry: Address, digest: Uint8Array): void {
  const { entries, hashes, lists, sets, sortedSets, streams } = keyspace;
  const type = entries.type(entry);
  mix(digest, int32(type));
  if (type === ValueType.String) mix(digest, bytesOf(entries.value(entry)));
  else if (type === ValueType.Set) {
    sets.forEach(entry, (handle) => fold(digest, bytesOf(sets.member(entry, handle))));
  } else if (type === ValueType.SortedSet) {
    sortedSets.walk(entry, 0, Infinity, false, (handle) => {
      const pair = new Uint8Array(DIGEST_BYTES);
      const score = formatShortest(sortedSets.score(entry, handle));
      mix(pair, bytesOf(sortedSets.member(entry, handle)));
      mix(pair, fromLatin1(score));
      fold(digest, pair);
    });
  } else if (type === ValueType.List) {
    lists.walk(entry, 0, Infinity, "tail", (value) => mix(digest, bytesOf(value)));
  } else if (type === ValueType.Stream) {
    streams.walk(entry, new StreamId(), StreamId.max(), false, (found) => {
      mix(digest, fromLatin1(found.id.toString().replace("-", ".")));
      streams.nodes.forEachField(found, (range) => mix(digest, bytesOf(range)));
    });
  } else {
    hashes.forEach(entry, (handle) => {
      const pair = new Uint8Array(DIGEST_BYTES);
      mix(pair, bytesOf(hashes.field(entry, handle)));
      mix(pair, bytesOf(hashes.value(entry, handle)));
      fold(digest, pair);
    });
  }
  if (entries.hasTtl(entry)) fold(digest, fromLatin1("!!expire!!"));
}

/** The signature of one value, in 40 hexadecimal digits. */
export function valueDigest(keyspace: Keyspace, entry: Address): string {
  const digest = new Uint8Array(DIGEST_BYTES);
  mixValue(keyspace, entry, digest);
  return toHex(digest);
}

/** The signature of all databases, in 40 hexadecimal digits; zeros if there is no key. */
export function datasetDigest(keyspace: Keyspace): string {
  const total = new Uint8Array(DIGEST_BYTES);
  for (const database of keyspace.databases) {
    if (database.size === 0) continue;
    mix(total, int32(database.index));
    database.scan(0, Infinity, (entry) => {
      const digest = new Uint8Array(DIGEST_BYTES);
      mix(digest, bytesOf(keyspace.entries.key(entry)));
      mixValue(keyspace, entry, digest);
      fold(total, digest);
    });
  }
  return toHex(total);
}
