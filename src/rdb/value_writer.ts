/**
 * Writes values in the RDB format, in the encodings of Redis 7.0, which every later version reads too.
 *
 * @module
 */
import type { Address } from "../arena/memory.ts";
import { StreamId } from "../encodings/stream_id.ts";
import { type PerType, ValueType } from "../keyspace/value_type.ts";
import { HashEncoding } from "../keyspace/hashes.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import { SetEncoding } from "../keyspace/sets.ts";
import { SortedSetEncoding } from "../keyspace/sorted_sets.ts";
import { NodeContainer, RdbType, VOLATILE_FIELDS_VERSION, WRITTEN_VERSION } from "./format.ts";
import type { RdbWriter } from "./writer.ts";

/** How the values of one type are written. */
interface ValueForm {
  /** The type that a value is written as. */
  readonly rdbType: (keyspace: Keyspace, entry: Address) => number;
  /** Writes a value whose form in the file is not its block in the arena. */
  readonly write: (keyspace: Keyspace, entry: Address, writer: RdbWriter) => void;
}

const FORMS: PerType<ValueForm> = {
  [ValueType.String]: { rdbType: () => RdbType.String, write: writeBytes },
  [ValueType.List]: { rdbType: () => RdbType.ListQuicklist2, write: writeList },
  [ValueType.Set]: {
    // Redis 7.0 does not know sets in a listpack.
    rdbType: ({ entries }, entry) =>
      entries.encoding(entry) === SetEncoding.Intset ? RdbType.SetIntset : RdbType.Set,
    write: writeSet,
  },
  [ValueType.SortedSet]: {
    rdbType: ({ entries }, entry) =>
      entries.encoding(entry) === SortedSetEncoding.Listpack
        ? RdbType.SortedSetListpack
        : RdbType.SortedSet,
    write: writeSortedSet,
  },
  [ValueType.Hash]: {
    rdbType({ entries, hashes }, entry) {
      if (entries.encoding(entry) === HashEncoding.Listpack) return RdbType.HashListpack;
      return hashes.firstDeadline(entry) === Infinity ? RdbType.Hash : RdbType.HashVolatile;
    },
    write: writeHash,
  },
  [ValueType.Stream]: { rdbType: () => RdbType.StreamListpacks2, write: writeStream },
};

/** Types of the file whose value is one block, byte for byte as it lies in the arena. */
const BLOCKS: readonly number[] = [
  RdbType.SetIntset,
  RdbType.SortedSetListpack,
  RdbType.HashListpack,
];

/** The version of the format that a value needs. */
export function versionFor(keyspace: Keyspace, entry: Address): number {
  const isVolatile = rdbType(keyspace, entry) === RdbType.HashVolatile;
  return isVolatile ? VOLATILE_FIELDS_VERSION : WRITTEN_VERSION;
}

/** The type that a value is written as. */
export function rdbType(keyspace: Keyspace, entry: Address): number {
  return FORMS[keyspace.entries.type(entry)].rdbType(keyspace, entry);
}

/** Writes a value as the type that {@link rdbType} says. */
export function writePayload(keyspace: Keyspace, entry: Address, writer: RdbWriter): void {
  const form = FORMS[keyspace.entries.type(entry)];
  const isBlock = BLOCKS.includes(form.rdbType(keyspace, entry));
  (isBlock ? writeBytes : form.write)(keyspace, entry, writer);
}

function writeBytes({ entries }: Keyspace, entry: Address, writer: RdbWriter): void {
  writer.string(entries.value(entry));
}

function writeList({ lists }: Keyspace, entry: Address, writer: RdbWriter): void {
  writer.length(lists.nodeCount(entry));
  lists.forEachListpack(entry, (listpack) => {
    writer.length(NodeContainer.Packed);
    writer.string(listpack);
  });
}

function writeSet({ sets }: Keyspace, entry: Address, writer: RdbWriter): void {
  writer.length(sets.count(entry));
  sets.forEach(entry, (handle) => writer.string(sets.member(entry, handle)));
}

function writeSortedSet({ sortedSets }: Keyspace, entry: Address, writer: RdbWriter): void {
  const count = sortedSets.count(entry);
  writer.length(count);
  // The largest score comes first, so that Redis builds its skiplist by inserting at the front.
  sortedSets.walk(entry, count - 1, Infinity, true, (handle) => {
    writer.string(sortedSets.member(entry, handle));
    writer.double(sortedSets.score(entry, handle));
  });
}

function writeHash({ hashes }: Keyspace, entry: Address, writer: RdbWriter): void {
  const firstMs = hashes.firstDeadline(entry);
  if (firstMs !== Infinity) writer.int64(firstMs);
  writer.length(hashes.count(entry));
  hashes.forEach(entry, (handle) => {
    const deadlineMs = hashes.deadline(entry, handle);
    if (firstMs !== Infinity) writer.length(deadlineMs === 0 ? 0 : deadlineMs - firstMs + 1);
    writer.string(hashes.field(entry, handle));
    writer.string(hashes.value(entry, handle));
  });
}

function writeStream({ arena, streams }: Keyspace, entry: Address, writer: RdbWriter): void {
  const { groups, nodes } = streams;
  const root = streams.root(entry);
  writer.length(streams.nodeCount(entry));
  streams.forEachNode(entry, (node) => {
    writer.stringOf(new StreamId().load(arena, node, 0).toBytes());
    const [bytes, start] = [nodes.bytes(node), nodes.start(node)];
    writer.string({ bytes, start, length: nodes.size(node) });
  });
  writer.length(streams.count(entry));
  writeId(writer, streams.lastId(entry));
  writeId(writer, streams.firstId(entry));
  writeId(writer, streams.maxDeletedId(entry));
  writer.length(streams.entriesAdded(entry));
  writer.length(groups.count(root));
  groups.forEach(root, (group) => {
    writer.string(groups.name(group));
    writeId(writer, groups.lastId(group));
    writeSigned(writer, groups.entriesRead(group));
    writer.length(groups.pendingCount(group, "group"));
    groups.forEachPending(group, "group", new StreamId(), (pending) => {
      writer.raw(groups.pendingId(pending).toBytes(), 0, 16);
      writer.int64(groups.deliveryTime(pending));
      writer.length(groups.deliveries(pending));
    });
    writer.length(groups.consumerCount(group));
    groups.forEachConsumer(group, (consumer) => {
      writer.string(groups.name(consumer));
      writer.int64(groups.seen(consumer));
      writer.length(groups.pendingCount(consumer, "consumer"));
      groups.forEachPending(consumer, "consumer", new StreamId(), (pending) => {
        writer.raw(groups.pendingId(pending).toBytes(), 0, 16);
      });
    });
  });
}

function writeId(writer: RdbWriter, id: StreamId): void {
  writer.length64(id.msHigh, id.msLow);
  writer.length64(id.seqHigh, id.seqLow);
}

/** A number that may be -1 for "unknown", as a length of 64 bits. */
function writeSigned(writer: RdbWriter, value: number): void {
  writer.length64(Math.floor(value / 2 ** 32) >>> 0, value >>> 0);
}
