/**
 * Streams: entries in order of their ids, in nodes of listpacks that a tree finds by id.
 *
 *     root   u32 tree of nodes | u32 tree of consumer groups (0: none yet) | u32 entries | u32 last node
 *            u32 x 4 last id | u32 x 4 first id | u32 x 4 largest id that was deleted | f64 entries ever added
 *
 * The entry's value is the address of the root.
 *
 * @module
 */
import type { Arena } from "../arena/arena.ts";
import type { Address } from "../arena/memory.ts";
import { IdTree } from "../encodings/id_tree.ts";
import { compareStored, StreamId } from "../encodings/stream_id.ts";
import { NodeEntry, StreamNodes, type Words } from "../encodings/stream_nodes.ts";
import type { ByteRange } from "../lib/bytes.ts";
import { ConsumerGroups, GROUPS_WORD } from "./consumer_groups.ts";
import { type Database, NO_TTL } from "./database.ts";
import { type Entries, ROOT_BYTES } from "./entry.ts";
import type { FreeingSteps } from "./freeing_steps.ts";
import type { TypeOperations } from "./type_operations.ts";
import { ValueType } from "./value_type.ts";

/** The kind of a stream. */
export const STREAM: number = ValueType.Stream;

const BLOCK_BYTES = 72;
const NODES = 0;
const LENGTH = 2;
const TAIL = 3;
const LAST_ID = 4;
const FIRST_ID = 8;
const MAX_DELETED_ID = 12;
const ADDED_UNIT = 8;
const MAX_NODE_BYTES = 2 ** 30;

/** How far to shorten a stream. */
export interface TrimTarget {
  /** Most entries to keep; undefined to trim by {@link minId}. */
  readonly maxLength: number | undefined;
  /** The smallest id to keep. */
  readonly minId: StreamId;
  /** Whether only whole nodes are removed. */
  readonly isApproximate: boolean;
  /** Most entries to remove; 0 is no limit. */
  readonly limit: number;
}

/** What a stream knows besides its entries and groups. */
export interface StreamFigures {
  readonly length: number;
  readonly lastId: StreamId;
  readonly firstId: StreamId;
  readonly maxDeletedId: StreamId;
  readonly entriesAdded: number;
}

/** Visits an entry; returns false to stop. The object is overwritten by the next. */
export type EntryVisitor = (entry: NodeEntry) => unknown;

/** What streams are kept in and found by. */
export interface StreamsParts {
  readonly arena: Arena;
  readonly entries: Entries;
}

/** Reads and changes streams. */
export class Streams implements TypeOperations {
  readonly typeName = "stream";
  /** Most entries of a node (`stream-node-max-entries`); 0 is no limit. */
  maxNodeEntries = 100;
  /** Most bytes of a node (`stream-node-max-bytes`); 0 is no limit. */
  maxNodeBytes = 4096;
  readonly nodes: StreamNodes;
  readonly groups: ConsumerGroups;
  readonly #tree: IdTree;
  readonly #entry = new NodeEntry();
  readonly #lastId = new StreamId();

  constructor(private readonly keyspace: StreamsParts) {
    this.nodes = new StreamNodes(keyspace.arena);
    this.groups = new ConsumerGroups(keyspace.arena);
    this.#tree = new IdTree(keyspace.arena);
  }

  /** Makes an empty stream under a key that does not exist. */
  create(database: Database, { bytes, start, length }: ByteRange): Address {
    const entry = database.put(STREAM, bytes, start, length, ROOT_BYTES, NO_TTL);
    this.keyspace.entries.setRoot(entry, this.#createRoot());
    return entry;
  }

  /** Number of entries. */
  count(entry: Address): number {
    return this.keyspace.arena.load(this.root(entry), LENGTH);
  }

  /** Address of the root, which does not change. */
  root(entry: Address): Address {
    return this.keyspace.entries.root(entry);
  }

  /** Entries ever added. */
  entriesAdded(entry: Address): number {
    return this.keyspace.arena.loadDouble(this.root(entry), ADDED_UNIT);
  }

  /** The last id that was used, whether or not that entry is still there; in an object that the next call reuses. */
  lastId(entry: Address): StreamId {
    return this.#lastId.load(this.keyspace.arena, this.root(entry), LAST_ID);
  }

  /** The id of the first entry; 0-0 if there is none. */
  firstId(entry: Address): StreamId {
    return new StreamId().load(this.keyspace.arena, this.root(entry), FIRST_ID);
  }

  /** The largest id that was deleted; 0-0 if none was. */
  maxDeletedId(entry: Address): StreamId {
    return new StreamId().load(this.keyspace.arena, this.root(entry), MAX_DELETED_ID);
  }

  /** The id of the last entry that is there; 0-0 if there is none. */
  lastLiveId(entry: Address): StreamId {
    const id = new StreamId();
    this.walk(entry, id, StreamId.max(), true, (found) => {
      id.copyFrom(found.id);
      return false;
    });
    return id;
  }

  /** Sets the figures that are given. */
  setFigures(entry: Address, figures: Partial<StreamFigures>): void {
    const { arena } = this.keyspace;
    const root = this.root(entry);
    if (figures.length !== undefined) arena.store(root, LENGTH, figures.length);
    figures.lastId?.store(arena, root, LAST_ID);
    figures.firstId?.store(arena, root, FIRST_ID);
    figures.maxDeletedId?.store(arena, root, MAX_DELETED_ID);
    if (figures.entriesAdded !== undefined) {
      arena.storeDouble(root, ADDED_UNIT, figures.entriesAdded);
    }
  }

  /** Number of nodes. */
  nodeCount(entry: Address): number {
    return this.#tree.count(this.#nodesRoot(entry));
  }

  /** Visits the nodes in order. */
  forEachNode(entry: Address, visit: (node: Address) => unknown): void {
    this.#tree.walk(this.#nodesRoot(entry), 0, Infinity, false, visit);
  }

  /** Adds a node that the caller has made; its id must be larger than all others. */
  addNode(entry: Address, node: Address): void {
    this.#tree.insert(this.#nodesRoot(entry), node);
    this.keyspace.arena.store(this.root(entry), TAIL, node);
  }

  /** Adds an entry with the fields and values in `words` from `first` on; its id must be larger than the last one. */
  append(entry: Address, id: StreamId, words: Words, first: number): void {
    const { arena } = this.keyspace;
    const { nodes } = this;
    const root = this.root(entry);
    const tail = arena.load(root, TAIL);
    if (tail !== 0 && this.#hasRoom(tail, words, first)) nodes.append(tail, id, words, first);
    else {
      const node = nodes.create(id, words, first);
      if (tail !== 0) nodes.shrink(tail);
      this.addNode(entry, node);
    }
    const length = arena.load(root, LENGTH);
    arena.store(root, LENGTH, length + 1);
    arena.storeDouble(root, ADDED_UNIT, arena.loadDouble(root, ADDED_UNIT) + 1);
    id.store(arena, root, LAST_ID);
    if (length === 0) id.store(arena, root, FIRST_ID);
  }

  /** Visits the entries from `from` to `to` that are not deleted, or backwards from `to` to `from`. The stream must not change meanwhile. */
  walk(
    entry: Address,
    from: StreamId,
    to: StreamId,
    isReversed: boolean,
    visit: EntryVisitor,
  ): void {
    const tree = this.#nodesRoot(entry);
    const found = this.#entry;
    const first = this.#rankOfNodeFor(tree, isReversed ? to : from);
    this.#tree.walk(tree, Math.max(0, first), Infinity, isReversed, (node) => {
      let isThere = isReversed ? this.nodes.last(node, found) : this.nodes.first(node, found);
      for (; isThere; isThere = isReversed ? this.nodes.previous(found) : this.nodes.next(found)) {
        const isPast = isReversed ? found.id.compare(from) < 0 : found.id.compare(to) > 0;
        if (isPast) return false;
        const isBefore = isReversed ? found.id.compare(to) > 0 : found.id.compare(from) < 0;
        if (!isBefore && !found.isDeleted && visit(found) === false) return false;
      }
      return true;
    });
  }

  /** Whether an entry with this id is there. */
  has(entry: Address, id: StreamId): boolean {
    return this.#find(entry, id);
  }

  /** Removes an entry and updates the first id and the largest deleted one; returns whether the entry existed. */
  remove(entry: Address, id: StreamId): boolean {
    if (!this.#find(entry, id)) return false;
    const { arena } = this.keyspace;
    const root = this.root(entry);
    const { node } = this.#entry;
    this.nodes.markDeleted(this.#entry);
    if (this.nodes.liveCount(node) === 1) this.#removeNode(entry, node);
    else this.nodes.addDeleted(node, 1);
    arena.store(root, LENGTH, arena.load(root, LENGTH) - 1);
    const isFirst = compareStored(arena, root, FIRST_ID, id) === 0;
    if (compareStored(arena, root, MAX_DELETED_ID, id) < 0) id.store(arena, root, MAX_DELETED_ID);
    if (isFirst) this.updateFirstId(entry);
    return true;
  }

  /** Removes entries from the start; returns how many. */
  trim(entry: Address, target: TrimTarget): number {
    const { maxLength, minId, isApproximate, limit } = target;
    const { arena } = this.keyspace;
    const root = this.root(entry);
    let removed = 0;
    for (;;) {
      const length = arena.load(root, LENGTH);
      const node = this.#tree.at(this.#nodesRoot(entry), 0);
      if (node === 0 || maxLength !== undefined && length <= maxLength) break;
      const live = this.nodes.liveCount(node);
      if (limit !== 0 && removed + live > limit) break;
      const isWholeNode = maxLength !== undefined
        ? length - live >= maxLength
        : this.nodes.last(node, this.#entry) && this.#entry.id.compare(minId) < 0;
      if (!isWholeNode && isApproximate) break;
      const count = isWholeNode ? live : this.#trimNode(node, length, target);
      if (isWholeNode) this.#removeNode(entry, node);
      arena.store(root, LENGTH, length - count);
      removed += count;
      if (!isWholeNode) break;
    }
    if (removed > 0) this.updateFirstId(entry);
    return removed;
  }

  /** Sets the first id to that of the first live entry. */
  updateFirstId(entry: Address): void {
    const first = new StreamId();
    if (this.count(entry) > 0) {
      this.walk(entry, first, StreamId.max(), false, ({ id }) => {
        first.copyFrom(id);
        return false;
      });
    }
    first.store(this.keyspace.arena, this.root(entry), FIRST_ID);
  }

  encodingName(): string {
    return "stream";
  }

  dismantle(entry: Address): FreeingSteps {
    return this.#dismantle(this.root(entry));
  }

  *#dismantle(root: Address): Generator<number, void> {
    const { arena } = this.keyspace;
    yield* this.#tree.dismantle(arena.load(root, NODES), (node) => this.nodes.free(node));
    yield* this.groups.dismantleAll(root);
    arena.free(root);
  }

  unshare(_database: Database, copy: Address): void {
    const { arena, entries } = this.keyspace;
    const from = this.root(copy);
    const root = this.#createRoot();
    const tree = arena.load(root, NODES);
    arena.copy(from, root, BLOCK_BYTES);
    arena.store(root, NODES, tree);
    arena.store(root, GROUPS_WORD, 0);
    arena.store(root, TAIL, 0);
    entries.setRoot(copy, root);
    const nodes: Address[] = [];
    this.#tree.walk(arena.load(from, NODES), 0, Infinity, false, (node) => {
      nodes.push(node);
    });
    for (const node of nodes) {
      const start = this.nodes.start(node);
      const listpack = this.nodes.bytes(node).slice(start, start + this.nodes.size(node));
      const id = new StreamId().load(arena, node, 0);
      this.addNode(copy, this.nodes.adopt(id, listpack, 0, listpack.length));
    }
    this.groups.copyAll(from, root);
  }

  *blocks(entry: Address): Generator<Address> {
    const root = this.root(entry);
    yield root;
    yield* this.#tree.blocks(this.#nodesRoot(entry));
    const nodes: Address[] = [];
    this.forEachNode(entry, (node) => {
      nodes.push(node);
    });
    for (const node of nodes) yield* this.nodes.blocks(node);
    yield* this.groups.blocks(root);
  }

  #createRoot(): Address {
    const { arena } = this.keyspace;
    const tree = this.#tree.create();
    const root = arena.allocate(BLOCK_BYTES);
    arena.clear(root, BLOCK_BYTES);
    arena.store(root, NODES, tree);
    return root;
  }

  #nodesRoot(entry: Address): Address {
    return this.keyspace.arena.load(this.root(entry), NODES);
  }

  #hasRoom(node: Address, { count, lengths }: Words, first: number): boolean {
    let length = this.nodes.size(node);
    for (let i = first; i < count; i++) length += lengths[i];
    const maxBytes = this.maxNodeBytes === 0 ? MAX_NODE_BYTES : this.maxNodeBytes;
    if (length >= Math.min(maxBytes, MAX_NODE_BYTES)) return false;
    return this.maxNodeEntries === 0 ||
      this.nodes.liveCount(node) + this.nodes.deletedCount(node) < this.maxNodeEntries;
  }

  /** Rank of the last node that begins at or before an id; -1 if none does. */
  #rankOfNodeFor(tree: Address, id: StreamId): number {
    const { arena } = this.keyspace;
    return this.#tree.lowerRank(tree, (node) => compareStored(arena, node, 0, id) <= 0) - 1;
  }

  /** Points the shared entry at the one with this id; false if it is not there. */
  #find(entry: Address, id: StreamId): boolean {
    const tree = this.#nodesRoot(entry);
    const rank = this.#rankOfNodeFor(tree, id);
    if (rank < 0) return false;
    const found = this.#entry;
    let isThere = this.nodes.first(this.#tree.at(tree, rank), found);
    while (isThere && found.id.compare(id) < 0) isThere = this.nodes.next(found);
    return isThere && found.id.compare(id) === 0 && !found.isDeleted;
  }

  #removeNode(entry: Address, node: Address): void {
    const { arena } = this.keyspace;
    const tree = this.#nodesRoot(entry);
    this.#tree.remove(tree, node);
    this.nodes.free(node);
    if (arena.load(this.root(entry), TAIL) === node) {
      const count = this.#tree.count(tree);
      arena.store(this.root(entry), TAIL, count === 0 ? 0 : this.#tree.at(tree, count - 1));
    }
  }

  /** Marks entries at the start of a node as deleted until the target is reached; returns how many. */
  #trimNode(node: Address, length: number, { maxLength, minId }: TrimTarget): number {
    const found = this.#entry;
    let removed = 0;
    for (let isThere = this.nodes.first(node, found); isThere; isThere = this.nodes.next(found)) {
      const isEnough = maxLength !== undefined
        ? length - removed <= maxLength
        : found.id.compare(minId) >= 0;
      if (isEnough) break;
      if (found.isDeleted) continue;
      this.nodes.markDeleted(found);
      removed++;
    }
    this.nodes.addDeleted(node, removed);
    return removed;
  }
}
