/**
 * Reads streams in the RDB format, in the three forms that there have been.
 *
 *     nodes: length, then for each: 16 bytes id, listpack
 *     entries: length | last id | since form 2: first id, largest deleted id, entries added: length
 *     groups: length, then for each: name | last id | since form 2: entries read: length
 *         pending: length, then for each: 16 bytes id, i64 time of delivery, deliveries: length
 *         consumers: length, then for each: name, i64 last seen | since form 3: i64 last active
 *             owned: length, then for each: 16 bytes id, one of the pending ones
 *
 * An id is two lengths of 64 bits where the drawing does not say "16 bytes".
 *
 * @module
 */
import type { Address } from "../arena/memory.ts";
import { StreamId } from "../encodings/stream_id.ts";
import { isStreamListpackSound, NodeEntry } from "../encodings/stream_nodes.ts";
import { UNKNOWN_ENTRIES_READ } from "../keyspace/consumer_groups.ts";
import { entriesUpTo } from "../keyspace/stream_counts.ts";
import { RdbType } from "./format.ts";
import { readListpack, type Target } from "./read_target.ts";
import type { RdbReader } from "./reader.ts";

/** Reads the value of a stream of one of the three types under a key that does not exist. Throws `RdbError`. */
export function readStream(target: Target, type: number): void {
  const { keyspace, database, key, reader } = target;
  const { streams } = keyspace;
  const entry = streams.create(database, key);
  const nodes = reader.length();
  let before: StreamId | undefined;
  for (let i = 0; i < nodes; i++) {
    const name = reader.string();
    if (name.length !== 16) {
      throw reader.error("Stream node key entry is not the size of a stream ID");
    }
    const id = StreamId.fromBytes(name.bytes, name.start);
    const listpack = readListpack(reader, "Stream listpack");
    if (!isStreamListpackSound(listpack.bytes, listpack.start)) {
      throw reader.error("Stream listpack integrity check failed");
    }
    if (before !== undefined && before.compare(id) >= 0) {
      throw reader.error("Cannot read a stream's nodes out of order");
    }
    before = id;
    streams.addNode(
      entry,
      streams.nodes.adopt(id, listpack.bytes, listpack.start, listpack.length),
    );
  }
  const length = reader.length();
  const lastId = readId(reader);
  checkEntries(target, entry, length, lastId);
  streams.setFigures(entry, { length, lastId });
  if (type === RdbType.StreamListpacks) {
    streams.setFigures(entry, { entriesAdded: length });
    streams.updateFirstId(entry);
  } else {
    const [firstId, maxDeletedId] = [readId(reader), readId(reader)];
    streams.setFigures(entry, { firstId, maxDeletedId, entriesAdded: reader.length() });
  }
  const groups = reader.length();
  for (let i = 0; i < groups; i++) readGroup(target, entry, type);
}

/** Throws unless the nodes hold `length` live entries whose ids grow and do not exceed the last id. */
function checkEntries(
  { keyspace, reader }: Target,
  stream: Address,
  length: number,
  lastId: StreamId,
): void {
  const { nodes } = keyspace.streams;
  const found = new NodeEntry();
  const before = new StreamId();
  let [live, isOrdered] = [0, true];
  keyspace.streams.forEachNode(stream, (node) => {
    live += nodes.liveCount(node);
    const master = new StreamId().load(keyspace.arena, node, 0);
    for (let isThere = nodes.first(node, found); isThere; isThere = nodes.next(found)) {
      isOrdered &&= found.id.compare(before) > 0 && found.id.compare(master) >= 0;
      before.copyFrom(found.id);
    }
  });
  if (live !== length) throw reader.error("Stream length inconsistent with rax entries");
  if (!isOrdered || before.compare(lastId) > 0) {
    throw reader.error("Cannot read a stream: its ids are out of order");
  }
}

function readGroup({ keyspace, reader }: Target, entry: Address, type: number): void {
  const { streams } = keyspace;
  const { groups } = streams;
  const root = streams.root(entry);
  const name = reader.string();
  const lastId = readId(reader);
  const entriesRead = type === RdbType.StreamListpacks
    ? entriesUpTo(streams, entry, lastId)
    : readEntriesRead(reader);
  if (groups.find(root, name) !== 0) throw reader.error("Duplicated consumer group name");
  const group = groups.create(root, name, lastId, entriesRead);
  // The consumers, which come later, say who has a pending entry.
  const pending = new Map<string, { timeMs: number; deliveries: number }>();
  for (let left = reader.length(); left > 0; left--) {
    const id = readRawId(reader).toString();
    if (pending.has(id)) throw reader.error("Duplicated global PEL entry");
    pending.set(id, { timeMs: reader.int64(), deliveries: reader.length() });
  }
  for (let left = reader.length(); left > 0; left--) {
    const consumerName = reader.string();
    const seenMs = reader.int64();
    const activeMs = type === RdbType.StreamListpacks3 ? reader.int64() : seenMs;
    if (groups.findConsumer(group, consumerName) !== 0) {
      throw reader.error("Duplicate stream consumer detected");
    }
    const consumer = groups.createConsumer(group, consumerName, seenMs);
    groups.setActive(consumer, activeMs);
    for (let owned = reader.length(); owned > 0; owned--) {
      const id = readRawId(reader);
      const delivery = pending.get(id.toString());
      if (delivery === undefined) {
        throw reader.error("Consumer entry not found in group global PEL");
      }
      pending.delete(id.toString());
      groups.addPending(group, consumer, id, delivery.timeMs, delivery.deliveries);
    }
  }
  if (pending.size > 0) throw reader.error("Stream CG PEL entry without consumer");
}

function readId(reader: RdbReader): StreamId {
  const [msHigh, msLow] = reader.length64();
  const [seqHigh, seqLow] = reader.length64();
  return new StreamId(msHigh, msLow, seqHigh, seqLow);
}

function readRawId(reader: RdbReader): StreamId {
  const { bytes, start } = reader.raw(16);
  return StreamId.fromBytes(bytes, start);
}

/** A number of entries; all bits set means that it is not known. */
function readEntriesRead(reader: RdbReader): number {
  const [high, low] = reader.length64();
  return high === 2 ** 32 - 1 ? UNKNOWN_ENTRIES_READ : high * 2 ** 32 + low;
}
