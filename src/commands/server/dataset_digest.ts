/**
 * Signatures of data, by the method of DEBUG DIGEST in Redis 7.2: the same data gives the same 40 digits on both servers, whatever the
 * order of the keys is.
 *
 * @module
 */
import type { Address } from "../../arena/memory.ts";
import { StreamId } from "../../encodings/stream_id.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import type { Keyspace } from "../../keyspace/keyspace.ts";
import { formatShortest } from "../../lib/double.ts";
import { type ByteRange, fromLatin1, hexText } from "../../lib/bytes.ts";
import { sha1, SHA1_BYTES } from "../../lib/sha1.ts";

/** The digest that was computed last, the digest of a key, and that of an element. */
const [last, ofKey, ofElement] = Array.from({ length: 3 }, () => new Uint8Array(SHA1_BYTES));
const rangeOf = (bytes: Uint8Array): ByteRange => ({ bytes, start: 0, length: bytes.length });
const textRange = (text: string) => rangeOf(fromLatin1(text));

/** Folds bytes into a digest in such a way that the order does not matter. */
function fold(digest: Uint8Array, { bytes, start, length }: ByteRange): void {
  sha1(bytes, start, length, last);
  for (let i = 0; i < SHA1_BYTES; i++) digest[i] ^= last[i];
}

/** Folds bytes into a digest in such a way that the order matters. */
function mix(digest: Uint8Array, range: ByteRange): void {
  fold(digest, range);
  sha1(digest, 0, SHA1_BYTES, digest);
}

/** Folds two strings that belong together into a digest. */
function foldPair(digest: Uint8Array, first: ByteRange, second: () => ByteRange): void {
  mix(ofElement.fill(0), first);
  mix(ofElement, second());
  fold(digest, rangeOf(ofElement));
}

/** The integer that was read last, as four bytes, the highest byte first. */
const fourBytes = rangeOf(new Uint8Array(4));

function int32(value: number): ByteRange {
  for (let i = 0; i < 4; i++) fourBytes.bytes[i] = value >> 24 - 8 * i;
  return fourBytes;
}

const EXPIRES = textRange("!!expire!!");

/** Mixes an entry's value into a digest, and whether it has a TTL. */
function mixValue(keyspace: Keyspace, entry: Address, digest: Uint8Array): void {
  const { entries, hashes, lists, sets, sortedSets, streams } = keyspace;
  const type = entries.type(entry);
  mix(digest, int32(type));
  if (type === ValueType.String) mix(digest, entries.value(entry));
  else if (type === ValueType.Set) {
    sets.forEach(entry, (handle) => fold(digest, sets.member(entry, handle)));
  } else if (type === ValueType.SortedSet) {
    sortedSets.walk(entry, 0, Infinity, false, (handle) => {
      const score = () => textRange(formatShortest(sortedSets.score(entry, handle)));
      foldPair(digest, sortedSets.member(entry, handle), score);
    });
  } else if (type === ValueType.List) {
    lists.walk(entry, 0, Infinity, "tail", (value) => mix(digest, value));
  } else if (type === ValueType.Stream) {
    streams.walk(entry, new StreamId(), StreamId.max(), false, (found) => {
      mix(digest, textRange(found.id.toString().replace("-", ".")));
      streams.nodes.forEachField(found, (range) => mix(digest, range));
    });
  } else {
    hashes.forEach(entry, (handle) => {
      foldPair(digest, hashes.field(entry, handle), () => hashes.value(entry, handle));
    });
  }
  if (entries.hasTtl(entry)) fold(digest, EXPIRES);
}

/** The signature of one value, in 40 hexadecimal digits. */
export function valueDigest(keyspace: Keyspace, entry: Address): string {
  mixValue(keyspace, entry, ofKey.fill(0));
  return hexText(ofKey);
}

/** The signature of all databases, in 40 hexadecimal digits; zeros if there is no key. */
export function datasetDigest(keyspace: Keyspace): string {
  const total = new Uint8Array(SHA1_BYTES);
  for (const database of keyspace.databases) {
    if (database.size === 0) continue;
    mix(total, int32(database.index));
    database.scan(0, Infinity, (entry) => {
      mix(ofKey.fill(0), keyspace.entries.key(entry));
      mixValue(keyspace, entry, ofKey);
      fold(total, rangeOf(ofKey));
    });
  }
  return hexText(total);
}
