/**
 * Reads values in the RDB format, in every encoding that Redis has ever written, into keys of a database.
 *
 * Nothing is trusted, because a payload may come from a client (RESTORE). A value that is not sound throws an {@link RdbError}; the caller
 * deletes the half-built key. So build a value that may be broken in `Keyspace.scratch`.
 *
 * @module
 */
import type { Address } from "../arena/memory.ts";
import { EMPTY_INTSET_BYTES, intsetAt, intsetCount, intsetWidth } from "../encodings/intset.ts";
import {
  elementBytes,
  EMPTY_LISTPACK_BYTES,
  insertElement,
  isEnd,
  LISTPACK_HEADER_BYTES,
  listpackCount,
  nextElement,
  readElement,
  readNumber,
  writeEmptyListpack,
} from "../encodings/listpack.ts";
import { type Database, PLAIN_STRING } from "../keyspace/database.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import { type ByteRange, compareBytes, copyRange, latin1 } from "../lib/bytes.ts";
import { parseDouble } from "../lib/double.ts";
import { parseInteger } from "../lib/integer.ts";
import { hasDistinctElements } from "./distinct_elements.ts";
import { NodeContainer, RdbError, RdbType } from "./format.ts";
import { readZiplist, readZipmap } from "./old_encodings.ts";
import { brokenEncoding, readFullListpack, readListpack, type Target } from "./read_target.ts";
import type { RdbReader } from "./reader.ts";
import { readStream } from "./stream_reader.ts";

/** Memory in which listpacks are put together. */
let scratch = new Uint8Array(4096);

/** Reads a value of a type under a key that does not exist. Neither the key nor the data that is read may lie in the arena. */
export function readValue(
  keyspace: Keyspace,
  database: Database,
  key: ByteRange,
  type: number,
  reader: RdbReader,
): void {
  if (type === RdbType.String) {
    database.putBlob(PLAIN_STRING, key, reader.string());
    return;
  }
  const target: Target = { keyspace, database, key, reader };
  switch (type) {
    case RdbType.List:
      return buildList(target, strings(reader, reader.length()));
    case RdbType.ListZiplist:
      return buildList(target, ziplistOf(reader, "List ziplist"));
    case RdbType.ListQuicklist:
      return buildList(target, ziplists(reader, reader.length()));
    case RdbType.ListQuicklist2:
      return readQuicklist(target);
    case RdbType.Set:
      return readSet(target);
    case RdbType.SetIntset:
      return readIntset(target);
    case RdbType.SetListpack:
      return readSetListpack(target);
    case RdbType.SortedSet:
      return buildSortedSet(target, scored(reader, () => reader.double()));
    case RdbType.SortedSetText:
      return buildSortedSet(target, scored(reader, () => reader.textDouble()));
    case RdbType.SortedSetZiplist:
      return buildSortedSet(target, scoredTexts(reader, ziplistOf(reader, "Zset ziplist")));
    case RdbType.SortedSetListpack:
      return readSortedSetListpack(target);
    case RdbType.Hash:
      return buildHash(target, strings(reader, reader.length() * 2));
    case RdbType.HashZipmap:
      return readHashOf(target, "Zipmap", zipmapOf(reader));
    case RdbType.HashZiplist:
      return readHashOf(target, "Hash ziplist", ziplistOf(reader, "Hash ziplist"));
    case RdbType.HashListpack:
      return readHashListpack(target);
    case RdbType.HashVolatileEarly:
      return buildVolatileHash(target, withDeadlines(reader, 0));
    case RdbType.HashVolatile:
      return buildVolatileHash(target, withDeadlines(reader, reader.int64()));
    case RdbType.HashVolatileListpackEarly:
      return buildVolatileHash(target, deadlinesOf(target));
    case RdbType.HashVolatileListpack:
      reader.int64();
      return buildVolatileHash(target, deadlinesOf(target));
    case RdbType.StreamListpacks:
    case RdbType.StreamListpacks2:
    case RdbType.StreamListpacks3:
      return readStream(target, type);
    default:
      throw reader.error(`Unknown RDB encoding type ${type}`);
  }
}

function* strings(reader: RdbReader, count: number): Generator<ByteRange> {
  for (let i = 0; i < count; i++) yield reader.string();
}

function* ziplists(reader: RdbReader, count: number): Generator<ByteRange> {
  for (let i = 0; i < count; i++) yield* ziplistOf(reader, "Ziplist");
}

function ziplistOf(reader: RdbReader, what: string): ByteRange[] {
  return unpack(reader, what, readZiplist);
}

/** A zipmap is never empty, because deleting the last field deleted the key. */
function zipmapOf(reader: RdbReader): ByteRange[] {
  const elements = unpack(reader, "Zipmap", readZipmap);
  if (elements.length === 0) throw brokenEncoding(reader, "Zipmap");
  return elements;
}

/** The elements of a collection that is one string. */
function unpack(
  reader: RdbReader,
  what: string,
  read: (encoded: ByteRange) => ByteRange[],
): ByteRange[] {
  const encoded = reader.string();
  try {
    return read(encoded);
  } catch (error) {
    throw error instanceof RdbError ? brokenEncoding(reader, what) : error;
  }
}

/** A member with its score. */
type Scored = readonly [ByteRange, number];

function* scored(reader: RdbReader, readScore: () => number): Generator<Scored> {
  const count = reader.length();
  for (let i = 0; i < count; i++) {
    const member = reader.string();
    yield [member, readScore()];
  }
}

/** Members and scores in turn, as strings. */
function* scoredTexts(reader: RdbReader, elements: readonly ByteRange[]): Generator<Scored> {
  if (elements.length % 2 !== 0) throw brokenEncoding(reader, "Zset ziplist");
  for (let i = 0; i < elements.length; i += 2) {
    yield [elements[i], scoreOf(elements[i + 1]) ?? NaN];
  }
}

const scoreOf = ({ bytes, start, length }: ByteRange) =>
  length > 64 ? undefined : parseDouble(latin1(bytes, start, length));

function buildList({ keyspace, database, key, reader }: Target, elements: Iterable<ByteRange>) {
  const { lists } = keyspace;
  let entry: Address = 0;
  for (const element of elements) {
    if (entry === 0) entry = lists.create(database, key);
    entry = lists.append(database, entry, element);
  }
  if (entry === 0) throw reader.emptyValue();
}

/** Reads a set member by member. A small set's members are appended to its listpack directly. */
function readSet(target: Target): void {
  const { keyspace: { sets }, reader } = target;
  const count = reader.length();
  if (count === 0 || count > sets.maxListpackEntries) {
    return buildSet(target, strings(reader, count));
  }
  const members = Array.from({ length: count }, () => reader.string());
  const isListpack = members.every(({ length }) => length <= sets.maxListpackValue) &&
    members.some((member) => !isInteger(member));
  if (!isListpack) return buildSet(target, members);
  const listpack = listpackOf(members);
  if (!hasDistinctElements(listpack, count, 1, target.keyspace.hasher)) {
    throw reader.error("Duplicate set members detected");
  }
  sets.adoptListpack(target.database, target.key, listpack);
}

function isInteger({ bytes, start, length }: ByteRange): boolean {
  return !Number.isNaN(parseInteger(bytes, start, length));
}

function buildSet({ keyspace, database, key, reader }: Target, members: Iterable<ByteRange>) {
  const { sets } = keyspace;
  let entry: Address = 0;
  for (const member of members) {
    if (entry === 0) entry = sets.create(database, key, member);
    if (sets.find(entry, member) !== 0) throw reader.error("Duplicate set members detected");
    entry = sets.add(database, entry, member);
  }
  if (entry === 0) throw reader.emptyValue();
}

function buildSortedSet({ keyspace, database, key, reader }: Target, members: Iterable<Scored>) {
  const { sortedSets } = keyspace;
  let entry: Address = 0;
  for (const [member, score] of members) {
    if (Number.isNaN(score)) throw reader.error("Zset with NAN score detected");
    if (entry === 0) entry = sortedSets.create(database, key);
    if (sortedSets.find(entry, member) !== 0) throw reader.error("Duplicate zset fields detected");
    entry = sortedSets.set(database, entry, member, score);
  }
  if (entry === 0) throw reader.emptyValue();
}

/** Builds a hash of fields and values in turn. */
function buildHash({ keyspace, database, key, reader }: Target, elements: Iterable<ByteRange>) {
  const { hashes } = keyspace;
  let entry: Address = 0;
  let field: ByteRange | undefined;
  for (const element of elements) {
    if (field === undefined) {
      field = element;
      continue;
    }
    if (entry === 0) entry = hashes.create(database, key);
    if (hashes.find(entry, field) !== 0) throw reader.error("Duplicate hash fields detected");
    entry = hashes.set(database, entry, field, element);
    field = undefined;
  }
  if (entry === 0) throw reader.emptyValue();
}

/** Builds a hash of fields and values that were stored in one string, and throws if they are not in pairs. */
function readHashOf(target: Target, what: string, elements: readonly ByteRange[]) {
  const fields = new Set(
    elements.filter((_, i) => i % 2 === 0)
      .map(({ bytes, start, length }) => latin1(bytes, start, length)),
  );
  if (fields.size * 2 !== elements.length) throw brokenEncoding(target.reader, what);
  buildHash(target, elements);
}

/** A field with its value and its deadline in milliseconds since 1970; 0 is none. */
type VolatileField = readonly [ByteRange, ByteRange, number];

/** Fields with TTLs. These are distances from the earliest deadline; if that is 0, they are deadlines themselves. */
function* withDeadlines(reader: RdbReader, firstMs: number): Generator<VolatileField> {
  for (let left = reader.length(); left > 0; left--) {
    const ttl = reader.length();
    const deadlineMs = ttl === 0 || firstMs === 0 ? ttl : firstMs + ttl - 1;
    yield [reader.string(), reader.string(), deadlineMs];
  }
}

/** Fields, values and deadlines in turn, in a listpack. */
function* deadlinesOf(target: Target): Generator<VolatileField> {
  const listpack = readDistinct(target, "Hash listpack", 3);
  const { bytes, start } = listpack;
  for (let at = start + LISTPACK_HEADER_BYTES; !isEnd(bytes, at);) {
    const field = copyRange(readElement(bytes, at));
    at = nextElement(bytes, at);
    const value = copyRange(readElement(bytes, at));
    at = nextElement(bytes, at);
    yield [field, value, readNumber(bytes, at)];
    at = nextElement(bytes, at);
  }
}

function buildVolatileHash(
  { keyspace, database, key, reader }: Target,
  fields: Iterable<VolatileField>,
) {
  const { hashes } = keyspace;
  let entry: Address = 0;
  for (const [field, value, deadlineMs] of fields) {
    if (!(deadlineMs >= 0 && deadlineMs < 2 ** 48)) throw reader.error("Cannot read a deadline");
    if (entry === 0) entry = hashes.toVolatile(database, hashes.create(database, key));
    if (hashes.find(entry, field) !== 0) throw reader.error("Duplicate hash fields detected");
    entry = hashes.set(database, entry, field, value);
    if (deadlineMs === 0) continue;
    hashes.setDeadline(database, entry, hashes.find(entry, field), deadlineMs);
  }
  if (entry === 0) throw reader.emptyValue();
}

/** Reads a listpack that holds `what`, and checks that no `step`th element occurs twice. */
function readDistinct({ keyspace, reader }: Target, what: string, step: number): ByteRange {
  const listpack = readFullListpack(reader, what);
  const count = listpackCount(listpack.bytes, listpack.start);
  if (!hasDistinctElements(listpack, count, step, keyspace.hasher)) {
    throw brokenEncoding(reader, what);
  }
  return listpack;
}

function readHashListpack(target: Target): void {
  const listpack = readDistinct(target, "Hash listpack", 2);
  target.keyspace.hashes.adopt(target.database, target.key, listpack);
}

function readSetListpack(target: Target): void {
  const listpack = readDistinct(target, "Set listpack", 1);
  target.keyspace.sets.adoptListpack(target.database, target.key, listpack);
}

function readSortedSetListpack(target: Target): void {
  const { keyspace, database, key, reader } = target;
  const listpack = readDistinct(target, "Zset listpack", 2);
  if (isInOrder(listpack, reader)) keyspace.sortedSets.adopt(database, key, listpack);
  else buildSortedSet(target, scoredPairs(listpack));
}

/** The score at `at` in a listpack, as a number or as text; NaN if it is neither. */
function scoreAt(bytes: Uint8Array, at: number): number {
  const number = readNumber(bytes, at);
  return Number.isNaN(number) ? scoreOf(readElement(bytes, at)) ?? NaN : number;
}

function* scoredPairs({ bytes, start }: ByteRange): Generator<Scored> {
  for (let at = start + LISTPACK_HEADER_BYTES; !isEnd(bytes, at);) {
    const member = copyRange(readElement(bytes, at));
    at = nextElement(bytes, at);
    yield [member, scoreAt(bytes, at)];
    at = nextElement(bytes, at);
  }
}

/** Whether members and scores in turn are in a sorted set's order. Throws if a score is no number. */
function isInOrder({ bytes, start }: ByteRange, reader: RdbReader): boolean {
  let lastMember = 0;
  let lastScore = -Infinity;
  for (let at = start + LISTPACK_HEADER_BYTES; !isEnd(bytes, at);) {
    const memberAt = at;
    at = nextElement(bytes, at);
    const score = scoreAt(bytes, at);
    at = nextElement(bytes, at);
    if (Number.isNaN(score)) throw reader.error("Zset with NAN score detected");
    if (score < lastScore) return false;
    if (score === lastScore && lastMember !== 0) {
      const before = copyRange(readElement(bytes, lastMember));
      const member = readElement(bytes, memberAt);
      const order = compareBytes(
        ...[before.bytes, before.start, before.length] as const,
        ...[member.bytes, member.start, member.length] as const,
      );
      if (order >= 0) return false;
    }
    lastMember = memberAt;
    lastScore = score;
  }
  return true;
}

function readIntset({ keyspace, database, key, reader }: Target): void {
  const intset = reader.string();
  const { bytes, start, length } = intset;
  const width = length < EMPTY_INTSET_BYTES ? 0 : intsetWidth(bytes, start);
  const count = width === 0 ? 0 : intsetCount(bytes, start);
  const isWhole = (width === 2 || width === 4 || width === 8) && count > 0 &&
    bytes[start + 1] + bytes[start + 2] + bytes[start + 3] === 0 &&
    EMPTY_INTSET_BYTES + count * width === length;
  if (!isWhole) throw brokenEncoding(reader, "Intset");
  for (let i = 1; i < count; i++) {
    if (intsetAt(bytes, start, i - 1) >= intsetAt(bytes, start, i)) {
      throw brokenEncoding(reader, "Intset");
    }
  }
  keyspace.sets.adoptIntset(database, key, intset);
}

function readQuicklist({ keyspace, database, key, reader }: Target): void {
  const count = reader.length();
  const listpacks: ByteRange[] = [];
  for (let i = 0; i < count; i++) {
    const container = reader.length();
    if (container === NodeContainer.Packed) {
      const listpack = readListpack(reader, "Listpack");
      // Some versions of Redis have written empty nodes; 7.2 skips them.
      if (listpackCount(listpack.bytes, listpack.start) > 0) listpacks.push(listpack);
    } else if (container === NodeContainer.Plain) {
      const element = reader.string();
      if (element.length === 0) throw brokenEncoding(reader, "Quicklist");
      listpacks.push(copyRange(listpackOf([element])));
    } else throw brokenEncoding(reader, "Quicklist");
  }
  if (listpacks.length === 0) throw reader.emptyValue();
  keyspace.lists.adopt(database, key, listpacks);
}

/** A listpack of these elements. The next call uses its memory again. */
function listpackOf(elements: readonly ByteRange[]): ByteRange {
  let length = EMPTY_LISTPACK_BYTES;
  for (const { bytes, start, length: bytesLong } of elements) {
    length += elementBytes(bytes, start, bytesLong);
  }
  if (scratch.length < length) scratch = new Uint8Array(length * 2);
  const bytes = scratch;
  writeEmptyListpack(bytes, 0);
  let at = LISTPACK_HEADER_BYTES;
  for (const element of elements) {
    const size = elementBytes(element.bytes, element.start, element.length);
    insertElement(bytes, 0, at, element, size);
    at += size;
  }
  return { bytes, start: 0, length };
}
