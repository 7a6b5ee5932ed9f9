/**
 * Consumer groups of streams.
 *
 *     group      u32 x 4 last delivered id | f64 entries read (-1: unknown) | u32 tree of pending entries | u32 tree of consumers | name
 *     consumer   f64 last seen | f64 last active (-1: never) | u32 tree of its pending entries | name       (milliseconds since 1970)
 *     pending    u32 x 4 id | f64 delivery time | f64 deliveries | u32 consumer
 *
 * A pending entry is one block that stands in two trees: its group's and its consumer's.
 *
 * @module
 */
import type { Arena } from "../arena/arena.ts";
import type { Address } from "../arena/memory.ts";
import { IdTree, NameTree } from "../encodings/id_tree.ts";
import { StreamId } from "../encodings/stream_id.ts";
import { type ByteRange, copyRange } from "../lib/bytes.ts";

/** The word of a stream's root that holds the tree of its groups, or 0 while there is none. */
export const GROUPS_WORD = 1;
/** As a number of entries read: not known. */
export const UNKNOWN_ENTRIES_READ = -1;
/** As the time when a consumer was last active: never. */
export const NEVER_ACTIVE = -1;

const GROUP_READ_UNIT = 2;
const GROUP_PENDING = 6;
const GROUP_CONSUMERS = 7;

const SEEN_UNIT = 0;
const ACTIVE_UNIT = 1;
const CONSUMER_PENDING = 4;

const PENDING_BYTES = 36;
const TIME_UNIT = 2;
const COUNT_UNIT = 3;
const CONSUMER = 8;

/** Reads and changes the groups that hang on a stream's root. */
export class ConsumerGroups {
  readonly #names: NameTree;
  readonly #pending: IdTree;

  constructor(private readonly arena: Arena) {
    this.#names = new NameTree(arena);
    this.#pending = new IdTree(arena);
  }

  /** Number of groups. */
  count(root: Address): number {
    const tree = this.arena.load(root, GROUPS_WORD);
    return tree === 0 ? 0 : this.#names.count(tree);
  }

  /** The group with this name, or 0. */
  find(root: Address, name: ByteRange): Address {
    const tree = this.arena.load(root, GROUPS_WORD);
    return tree === 0 ? 0 : this.#names.find(tree, name);
  }

  /** Visits the groups in order of their names. */
  forEach(root: Address, visit: (group: Address) => void): void {
    this.#forEach(this.arena.load(root, GROUPS_WORD), visit);
  }

  /** Makes a group; its name must be new, and not lie in the arena. */
  create(root: Address, name: ByteRange, lastId: StreamId, entriesRead: number): Address {
    const { arena } = this;
    let tree = arena.load(root, GROUPS_WORD);
    if (tree === 0) {
      tree = this.#names.create();
      arena.store(root, GROUPS_WORD, tree);
    }
    const pending = this.#pending.create();
    const consumers = this.#names.create();
    const group = this.#names.createElement(name);
    arena.store(group, GROUP_PENDING, pending);
    arena.store(group, GROUP_CONSUMERS, consumers);
    this.setPosition(group, lastId, entriesRead);
    this.#names.insert(tree, group);
    return group;
  }

  /** Removes a group with its consumers and pending entries. */
  remove(root: Address, group: Address): void {
    const tree = this.arena.load(root, GROUPS_WORD);
    this.#names.remove(tree, group);
    for (const _ of this.#dismantleGroup(group));
    if (this.#names.count(tree) > 0) return;
    this.#names.destroy(tree);
    this.arena.store(root, GROUPS_WORD, 0);
  }

  /** Name of a group or consumer, in an object that the next call reuses. */
  name(groupOrConsumer: Address): ByteRange {
    return this.#names.name(groupOrConsumer);
  }

  /** The id that was delivered last. */
  lastId(group: Address): StreamId {
    return new StreamId().load(this.arena, group, 0);
  }

  /** How many entries of the stream the group has read, or {@link UNKNOWN_ENTRIES_READ}. */
  entriesRead(group: Address): number {
    return this.arena.loadDouble(group, GROUP_READ_UNIT);
  }

  /** Sets what {@link lastId} and {@link entriesRead} tell. */
  setPosition(group: Address, lastId: StreamId, entriesRead: number): void {
    lastId.store(this.arena, group, 0);
    this.arena.storeDouble(group, GROUP_READ_UNIT, entriesRead);
  }

  /** Number of consumers. */
  consumerCount(group: Address): number {
    return this.#names.count(this.arena.load(group, GROUP_CONSUMERS));
  }

  /** The consumer with this name, or 0. */
  findConsumer(group: Address, name: ByteRange): Address {
    return this.#names.find(this.arena.load(group, GROUP_CONSUMERS), name);
  }

  /** Visits the consumers in order of their names. */
  forEachConsumer(group: Address, visit: (consumer: Address) => void): void {
    this.#forEach(this.arena.load(group, GROUP_CONSUMERS), visit);
  }

  /** Makes a consumer; its name must be new, and not lie in the arena. */
  createConsumer(group: Address, name: ByteRange, seenMs: number): Address {
    const pending = this.#pending.create();
    const consumer = this.#names.createElement(name);
    this.arena.store(consumer, CONSUMER_PENDING, pending);
    this.setSeen(consumer, seenMs);
    this.setActive(consumer, NEVER_ACTIVE);
    this.#names.insert(this.arena.load(group, GROUP_CONSUMERS), consumer);
    return consumer;
  }

  /** Removes a consumer with its pending entries; returns how many it had. */
  removeConsumer(group: Address, consumer: Address): number {
    const pending: Address[] = [];
    this.forEachPending(consumer, "consumer", new StreamId(), (entry) => {
      pending.push(entry);
    });
    for (const entry of pending) this.removePending(group, entry);
    this.#names.remove(this.arena.load(group, GROUP_CONSUMERS), consumer);
    this.#pending.destroy(this.arena.load(consumer, CONSUMER_PENDING));
    this.arena.free(consumer);
    return pending.length;
  }

  /** When the consumer last tried to read, in milliseconds since 1970. */
  seen(consumer: Address): number {
    return this.arena.loadDouble(consumer, SEEN_UNIT);
  }

  /** Sets {@link seen}. */
  setSeen(consumer: Address, seenMs: number): void {
    this.arena.storeDouble(consumer, SEEN_UNIT, seenMs);
  }

  /** When the consumer last got an entry, or {@link NEVER_ACTIVE}. */
  active(consumer: Address): number {
    return this.arena.loadDouble(consumer, ACTIVE_UNIT);
  }

  /** Sets {@link active}. */
  setActive(consumer: Address, activeMs: number): void {
    this.arena.storeDouble(consumer, ACTIVE_UNIT, activeMs);
  }

  /** Number of pending entries of a group or a consumer. */
  pendingCount(owner: Address, kind: "group" | "consumer"): number {
    return this.#pending.count(this.#pendingRoot(owner, kind));
  }

  /** The pending entry of a group with this id, or 0. */
  findPending(group: Address, id: StreamId): Address {
    return this.#pending.find(this.#pendingRoot(group, "group"), id);
  }

  /** The pending entry at a rank of a group or a consumer, or 0. */
  pendingAt(owner: Address, kind: "group" | "consumer", rank: number): Address {
    return this.#pending.at(this.#pendingRoot(owner, kind), rank);
  }

  /** Visits pending entries in order of ids from `from` on, until the visitor returns false. It must not add or remove any. */
  forEachPending(
    owner: Address,
    kind: "group" | "consumer",
    from: StreamId,
    visit: (pending: Address) => unknown,
  ): void {
    const root = this.#pendingRoot(owner, kind);
    this.#pending.walk(root, this.#pending.rankOf(root, from), Infinity, false, visit);
  }

  /** The first pending entry of a group from `from` on, or 0. */
  firstPending(group: Address, from: StreamId): Address {
    const root = this.#pendingRoot(group, "group");
    return this.#pending.at(root, this.#pending.rankOf(root, from));
  }

  /** Makes a pending entry, whose id must be new in the group. */
  addPending(
    group: Address,
    consumer: Address,
    id: StreamId,
    timeMs: number,
    deliveries: number,
  ): Address {
    const pending = this.arena.allocate(PENDING_BYTES);
    id.store(this.arena, pending, 0);
    this.arena.store(pending, CONSUMER, consumer);
    this.setDelivery(pending, timeMs, deliveries);
    this.#pending.insert(this.#pendingRoot(group, "group"), pending);
    this.#pending.insert(this.#pendingRoot(consumer, "consumer"), pending);
    return pending;
  }

  /** Removes a pending entry from its group and its consumer. */
  removePending(group: Address, pending: Address): void {
    this.#pending.remove(this.#pendingRoot(group, "group"), pending);
    this.#pending.remove(this.#pendingRoot(this.consumerOf(pending), "consumer"), pending);
    this.arena.free(pending);
  }

  /** Gives a pending entry to another consumer of its group. */
  movePending(pending: Address, consumer: Address): void {
    const old = this.consumerOf(pending);
    if (old === consumer) return;
    this.#pending.remove(this.#pendingRoot(old, "consumer"), pending);
    this.arena.store(pending, CONSUMER, consumer);
    this.#pending.insert(this.#pendingRoot(consumer, "consumer"), pending);
  }

  /** Id of a pending entry. */
  pendingId(pending: Address): StreamId {
    return new StreamId().load(this.arena, pending, 0);
  }

  /** The consumer that has the pending entry. */
  consumerOf(pending: Address): Address {
    return this.arena.load(pending, CONSUMER);
  }

  /** When it was last delivered, in milliseconds since 1970. */
  deliveryTime(pending: Address): number {
    return this.arena.loadDouble(pending, TIME_UNIT);
  }

  /** How often it was delivered. */
  deliveries(pending: Address): number {
    return this.arena.loadDouble(pending, COUNT_UNIT);
  }

  /** Sets {@link deliveryTime} and {@link deliveries}. */
  setDelivery(pending: Address, timeMs: number, deliveries: number): void {
    this.arena.storeDouble(pending, TIME_UNIT, timeMs);
    this.arena.storeDouble(pending, COUNT_UNIT, deliveries);
  }

  /** Frees all groups of a stream, a few pending entries at a time; yields how many. */
  *dismantleAll(root: Address): Generator<number, void> {
    const tree = this.arena.load(root, GROUPS_WORD);
    if (tree === 0) return;
    this.arena.store(root, GROUPS_WORD, 0);
    for (const group of this.#all(tree)) yield* this.#dismantleGroup(group);
    this.#names.destroy(tree);
  }

  /** Copies all groups of one stream to another, which has none. */
  copyAll(from: Address, to: Address): void {
    this.forEach(from, (group) => {
      const name = copyRange(this.name(group));
      const copy = this.create(to, name, this.lastId(group), this.entriesRead(group));
      this.forEachConsumer(group, (consumer) => {
        const consumerName = copyRange(this.name(consumer));
        const made = this.createConsumer(copy, consumerName, this.seen(consumer));
        this.setActive(made, this.active(consumer));
        this.forEachPending(consumer, "consumer", new StreamId(), (pending) => {
          const [timeMs, count] = [this.deliveryTime(pending), this.deliveries(pending)];
          this.addPending(copy, made, this.pendingId(pending), timeMs, count);
        });
      });
    });
  }

  /** Every block of a stream's groups, for the checker. */
  *blocks(root: Address): Generator<Address> {
    const tree = this.arena.load(root, GROUPS_WORD);
    if (tree === 0) return;
    yield* this.#names.blocks(tree);
    for (const group of this.#all(tree)) {
      yield group;
      yield* this.#pending.blocks(this.arena.load(group, GROUP_PENDING));
      const consumers = this.arena.load(group, GROUP_CONSUMERS);
      yield* this.#names.blocks(consumers);
      for (const consumer of this.#all(consumers)) {
        yield consumer;
        yield* this.#pending.blocks(this.arena.load(consumer, CONSUMER_PENDING));
      }
      const pending: Address[] = [];
      this.forEachPending(group, "group", new StreamId(), (entry) => {
        pending.push(entry);
      });
      yield* pending;
    }
  }

  #forEach(tree: Address, visit: (element: Address) => void): void {
    if (tree === 0) return;
    this.#names.walk(tree, 0, Infinity, false, (element) => visit(element));
  }

  #all(tree: Address): Address[] {
    const elements: Address[] = [];
    this.#forEach(tree, (element) => elements.push(element));
    return elements;
  }

  #pendingRoot(owner: Address, kind: "group" | "consumer"): Address {
    return this.arena.load(owner, kind === "group" ? GROUP_PENDING : CONSUMER_PENDING);
  }

  *#dismantleGroup(group: Address): Generator<number, void> {
    const { arena } = this;
    // Pending entries stand in two trees. The consumers' trees go first; the group's tree then takes the entries with it.
    const consumers = arena.load(group, GROUP_CONSUMERS);
    for (const consumer of this.#all(consumers)) {
      yield* this.#pending.dismantle(arena.load(consumer, CONSUMER_PENDING), () => {});
      arena.free(consumer);
    }
    this.#names.destroy(consumers);
    yield* this.#pending.dismantle(this.#pendingRoot(group, "group"), (entry) => arena.free(entry));
    arena.free(group);
  }
}
