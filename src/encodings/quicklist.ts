/**
 * Quicklists: long lists as a chain of listpacks, as in Redis 7.2.
 *
 *     root   16 bytes   u32 first node | u32 last node | u32 nodes | u32 elements
 *     node   24 bytes   u32 previous node | u32 next node | u32 address of a block | u32 elements | u32 gap | u32 unused
 *     block             gap unused bytes, the listpack, unused bytes
 *
 * An element at an end takes O(1), one in the middle O(nodes + elements of a node). Nodes lie apart from their listpacks: walking the chain
 * reads 20 bytes a node, and a node stays where it is when its listpack grows.
 *
 * The gap is what Redis 7.2 does not have. There, every element at the head moves all others of its node, some 4 KB. Here a listpack grows
 * towards its head into the gap, and gives room back to it when its first element goes; only when one side of the block is full is the
 * listpack moved within it.
 *
 * @module
 */
import type { Arena } from "../arena/arena.ts";
import { type Address, VIEW_MASK, VIEW_SHIFT } from "../arena/memory.ts";
import type { ByteRange } from "../lib/bytes.ts";
import { breaks, CHECKS_INVARIANTS } from "../lib/invariant.ts";
import {
  appendElement,
  EMPTY_LISTPACK_BYTES,
  listpackBytes,
  listpackCount,
  popFirstElement,
  popLastElement,
  prependElement,
  writeEmptyListpack,
} from "./listpack.ts";

const ROOT_BYTES = 16;
const HEAD = 0;
const TAIL = 1;
const NODES = 2;
const COUNT = 3;

const NODE_BYTES = 24;
const PREVIOUS = 0;
const NEXT = 1;
const BLOCK = 2;
const NODE_COUNT = 3;
const GAP = 4;
/** The usual size of a full node. Blocks of listpacks double until they are this large. */
const ROOMY_BYTES = 8192;

/** A constant of this module, since V8 folds those (see `lib/invariant.ts`). */
const CHECKS = CHECKS_INVARIANTS;

/** From this many nodes on a list is long, so that the room wasted in a node at its end is a small part of it. */
export const LONG_LIST_NODES = 4;

/** Operations on quicklists, each known by its root. */
export class Quicklist {
  /** The place in its node of the element that {@link seek} found, counted from the end that it searched from. */
  soughtIndex = 0;

  constructor(private readonly arena: Arena) {}

  /** Makes an empty quicklist; returns its root. */
  create(): Address {
    const root = this.arena.allocate(ROOT_BYTES);
    this.arena.clear(root, ROOT_BYTES);
    return root;
  }

  /** Frees the quicklist, root and all. O(nodes). */
  destroy(root: Address): void {
    for (let node = this.head(root); node !== 0;) {
      const next = this.next(node);
      this.#freeNode(node);
      node = next;
    }
    this.arena.free(root);
  }

  /** Number of elements in all nodes. */
  count(root: Address): number {
    return this.arena.load(root, COUNT);
  }

  /** Number of elements of a node. */
  nodeCount(node: Address): number {
    return this.arena.load(node, NODE_COUNT);
  }

  /** Updates the counts after elements were added to a node's listpack or removed from it. */
  addToCount(root: Address, node: Address, change: number): void {
    if (CHECKS && this.nodeCount(node) + change < 0) {
      breaks("a quicklist", `node ${node} has ${this.nodeCount(node)} elements`);
    }
    this.arena.store(root, COUNT, this.count(root) + change);
    this.arena.store(node, NODE_COUNT, this.nodeCount(node) + change);
  }

  /** Number of nodes. */
  nodes(root: Address): number {
    return this.arena.load(root, NODES);
  }

  /** The first node, or 0. */
  head(root: Address): Address {
    return this.arena.load(root, HEAD);
  }

  /** The last node, or 0. */
  tail(root: Address): Address {
    return this.arena.load(root, TAIL);
  }

  /** The node behind, or 0. */
  next(node: Address): Address {
    return this.arena.load(node, NEXT);
  }

  /** The node before, or 0. */
  previous(node: Address): Address {
    return this.arena.load(node, PREVIOUS);
  }

  /** The node with element number `index` from an end, which must be there; its number in the node is in {@link soughtIndex}. O(nodes passed). */
  seek(root: Address, index: number, fromHead: boolean): Address {
    const { u32 } = this.arena;
    const link = fromHead ? NEXT : PREVIOUS;
    let node = fromHead ? this.head(root) : this.tail(root);
    for (let left = index;;) {
      if (CHECKS && node === 0) breaks("a quicklist", `no element ${index} of ${this.count(root)}`);
      const words = u32[node >>> VIEW_SHIFT];
      const at = (node & VIEW_MASK) << 1;
      const count = words[at + NODE_COUNT];
      if (left < count) {
        this.soughtIndex = left;
        return node;
      }
      left -= count;
      node = words[at + link];
    }
  }

  /** The bytes that a node's listpack lies in. */
  bytes(node: Address): Uint8Array {
    return this.arena.u8[this.arena.load(node, BLOCK) >>> VIEW_SHIFT];
  }

  /** Index in {@link bytes} at which the listpack starts. */
  start(node: Address): number {
    return (this.arena.load(node, BLOCK) & VIEW_MASK) * 8 + this.arena.load(node, GAP);
  }

  /** Size of a node's listpack in bytes. */
  length(node: Address): number {
    return listpackBytes(this.bytes(node), this.start(node));
  }

  /**
   * Adds an element, which takes `size` bytes, at an end, if the node there has room for it and stays within `maxBytes` bytes and
   * `maxCount` elements. Returns whether it was added. It does in one step what the other methods do one by one, because pushing is what
   * lists are for.
   */
  pushInPlace(
    root: Address,
    isHead: boolean,
    value: ByteRange,
    size: number,
    maxBytes: number,
    maxCount: number,
  ): boolean {
    const { arena } = this;
    const rootWords = arena.u32[root >>> VIEW_SHIFT];
    const rootAt = (root & VIEW_MASK) << 1;
    const node = rootWords[rootAt + (isHead ? HEAD : TAIL)];
    if (node === 0) return false;
    const words = arena.u32[node >>> VIEW_SHIFT];
    const at = (node & VIEW_MASK) << 1;
    const block = words[at + BLOCK];
    const bytes = arena.u8[block >>> VIEW_SHIFT];
    const blockStart = (block & VIEW_MASK) * 8;
    const count = words[at + NODE_COUNT];
    if (CHECKS) this.#checkCount(node);
    let gap = words[at + GAP];
    const length = listpackBytes(bytes, blockStart + gap);
    const capacity = arena.sizeOf(block);
    if (length + size > maxBytes || length + size > capacity || count >= maxCount) return false;
    if (isHead ? gap < size : gap + length + size > capacity) {
      gap = this.#moveWithin(root, node, isHead, length, size);
    }
    if (isHead) {
      words[at + GAP] = gap - size;
      prependElement(bytes, blockStart + gap, length, value, size);
    } else appendElement(bytes, blockStart + gap, length, value, size);
    words[at + NODE_COUNT] = count + 1;
    rootWords[rootAt + COUNT]++;
    return true;
  }

  /** Removes the element at an end, unless its node must then be freed or shrink. Returns whether it was removed; see {@link pushInPlace}. */
  popInPlace(root: Address, isHead: boolean): boolean {
    const { arena } = this;
    const rootWords = arena.u32[root >>> VIEW_SHIFT];
    const rootAt = (root & VIEW_MASK) << 1;
    const node = rootWords[rootAt + (isHead ? HEAD : TAIL)];
    const words = arena.u32[node >>> VIEW_SHIFT];
    const at = (node & VIEW_MASK) << 1;
    const count = words[at + NODE_COUNT];
    if (CHECKS) this.#checkCount(node);
    if (count < 2) return false;
    const block = words[at + BLOCK];
    const bytes = arena.u8[block >>> VIEW_SHIFT];
    const start = (block & VIEW_MASK) * 8 + words[at + GAP];
    const length = listpackBytes(bytes, start);
    // A node at the end of a long list need not shrink: it will be gone soon.
    const isLong = rootWords[rootAt + NODES] >= LONG_LIST_NODES;
    if (!isLong && length * 2 < arena.sizeOf(block)) return false;
    if (isHead) words[at + GAP] += popFirstElement(bytes, start, length);
    else popLastElement(bytes, start, length);
    words[at + NODE_COUNT] = count - 1;
    rootWords[rootAt + COUNT]--;
    return true;
  }

  /**
   * Moves a listpack of `length` bytes within its block, so that an element of `size` bytes fits at an end; returns the new gap. A node at
   * an end of the list grows only on that side, so it gets all room there. The only node may grow on both sides.
   */
  #moveWithin(
    root: Address,
    node: Address,
    isHead: boolean,
    length: number,
    size: number,
  ): number {
    const block = this.arena.load(node, BLOCK);
    const room = this.arena.sizeOf(block) - length - size;
    const isOnly = this.head(root) === this.tail(root);
    const share = isOnly ? room >>> 1 : isHead ? room : 0;
    const gap = isHead ? share + size : share;
    const [bytes, start] = [this.bytes(node), this.start(node)];
    bytes.copyWithin((block & VIEW_MASK) * 8 + gap, start, start + length);
    this.arena.store(node, GAP, gap);
    return gap;
  }

  /** Adds a node with an empty listpack, and room for one of `length` bytes, behind `previous` (0: in front of all). */
  addNode(root: Address, previous: Address, length: number): Address {
    const { arena } = this;
    const block = arena.allocate(Math.max(length, EMPTY_LISTPACK_BYTES));
    const node = arena.allocate(NODE_BYTES);
    const next = previous === 0 ? this.head(root) : this.next(previous);
    arena.store(node, PREVIOUS, previous);
    arena.store(node, NEXT, next);
    arena.store(node, BLOCK, block);
    arena.store(node, NODE_COUNT, 0);
    arena.store(node, GAP, 0);
    this.#link(root, previous, next, node, node);
    writeEmptyListpack(this.bytes(node), this.start(node));
    arena.store(root, NODES, this.nodes(root) + 1);
    return node;
  }

  /** Adds a node at the end with a copy of a listpack, which must not lie in the arena. */
  append(root: Address, bytes: Uint8Array, start: number, length: number): void {
    const node = this.addNode(root, this.tail(root), length);
    this.bytes(node).set(bytes.subarray(start, start + length), this.start(node));
    this.addToCount(root, node, listpackCount(bytes, start));
  }

  /** Removes a node with its elements and frees it. */
  removeNode(root: Address, node: Address): void {
    const [previous, next] = [this.previous(node), this.next(node)];
    this.#link(root, previous, next, next, previous);
    this.addToCount(root, node, -this.nodeCount(node));
    this.arena.store(root, NODES, this.nodes(root) - 1);
    this.#freeNode(node);
  }

  /** Makes room for a listpack of `length` bytes in a node, from where the listpack starts; it may move. */
  grow(node: Address, length: number): void {
    const size = this.arena.sizeOf(this.arena.load(node, BLOCK));
    const gap = this.arena.load(node, GAP);
    if (gap + length <= size) return;
    // A node that fills up doubles a few times instead of growing one size class at a time.
    if (length > size) this.#reallocate(node, Math.max(length, Math.min(size * 2, ROOMY_BYTES)));
    else this.#closeGap(node);
  }

  /** Gives back what a node's listpack no longer needs, if that is more than half. */
  shrink(node: Address): void {
    const length = this.length(node);
    const size = this.arena.sizeOf(this.arena.load(node, BLOCK));
    if (length * 2 < size) this.#reallocate(node, length);
  }

  #closeGap(node: Address): void {
    const [bytes, start] = [this.bytes(node), this.start(node)];
    bytes.copyWithin(start - this.arena.load(node, GAP), start, start + this.length(node));
    this.arena.store(node, GAP, 0);
  }

  #reallocate(node: Address, bytes: number): void {
    const { arena } = this;
    if (arena.load(node, GAP) > 0) this.#closeGap(node);
    const block = arena.load(node, BLOCK);
    const moved = arena.allocate(bytes);
    arena.copy(block, moved, this.length(node));
    arena.store(node, BLOCK, moved);
    arena.free(block);
  }

  /** The root, every node and every listpack, for the checker. */
  *blocks(root: Address): Generator<Address> {
    yield root;
    for (let node = this.head(root); node !== 0; node = this.next(node)) {
      yield node;
      yield this.arena.load(node, BLOCK);
    }
  }

  /** Checks that a node and its listpack agree on the number of elements. */
  #checkCount(node: Address): void {
    const inListpack = listpackCount(this.bytes(node), this.start(node));
    if (inListpack === this.nodeCount(node)) return;
    breaks("a quicklist", `node ${node} counts ${this.nodeCount(node)} elements of ${inListpack}`);
  }

  #freeNode(node: Address): void {
    this.arena.free(this.arena.load(node, BLOCK));
    this.arena.free(node);
  }

  /** Makes the neighbours point to `first` (from before) and `last` (from behind). */
  #link(root: Address, previous: Address, next: Address, first: Address, last: Address): void {
    if (previous === 0) this.arena.store(root, HEAD, first);
    else this.arena.store(previous, NEXT, first);
    if (next === 0) this.arena.store(root, TAIL, last);
    else this.arena.store(next, PREVIOUS, last);
  }
}
