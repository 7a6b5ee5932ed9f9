/**
 * Quicklists: long lists as a chain of listpacks, as in Redis.
 *
 *     root   16 bytes   u32 first node | u32 last node | u32 nodes | u32 elements
 *     node   u32 previous node | u32 next node | listpack
 *
 * Elements at the ends are O(1), in the middle O(nodes + elements of a node). The functions that change a node's size return its address anew.
 *
 * @module
 */
import type { Arena } from "../arena/arena.ts";
import { type Address, VIEW_MASK, VIEW_SHIFT } from "../arena/memory.ts";
import { EMPTY_LISTPACK_BYTES, writeEmptyListpack } from "./listpack.ts";

const ROOT_BYTES = 16;
const HEAD = 0;
const TAIL = 1;
const NODES = 2;
const COUNT = 3;

const NODE_HEADER_BYTES = 8;
const PREVIOUS = 0;
const NEXT = 1;
/** Where the listpack begins; it is aligned, so its header can be read as words. */
const LISTPACK_WORD = 2;

/** Works on the root of a quicklist. */
export class Quicklist {
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
      this.arena.free(node);
      node = next;
    }
    this.arena.free(root);
  }

  /** Number of elements in all nodes; kept by whoever changes them. */
  count(root: Address): number {
    return this.arena.load(root, COUNT);
  }

  /** See {@link count}. */
  addToCount(root: Address, change: number): void {
    this.arena.store(root, COUNT, this.count(root) + change);
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

  /** The bytes that a node's listpack lies in. */
  bytes(node: Address): Uint8Array {
    return this.arena.u8[node >>> VIEW_SHIFT];
  }

  /** Where in them it starts. */
  start(node: Address): number {
    return (node & VIEW_MASK) * 8 + NODE_HEADER_BYTES;
  }

  /** Size of a node's listpack, in bytes: as `listpackBytes`, in one access. */
  length(node: Address): number {
    return this.arena.load(node, LISTPACK_WORD);
  }

  /** Number of elements of a node, unless it must be counted: as its listpack's header tells it. */
  knownCount(node: Address): number | undefined {
    const count = this.arena.load(node, LISTPACK_WORD + 1) & 0xffff;
    return count === 0xffff ? undefined : count;
  }

  /** Adds a node with an empty listpack, and room for one of `length` bytes, behind `previous` (0: in front of all). */
  addNode(root: Address, previous: Address, length: number): Address {
    const { arena } = this;
    const node = arena.allocate(NODE_HEADER_BYTES + Math.max(length, EMPTY_LISTPACK_BYTES));
    const next = previous === 0 ? this.head(root) : this.next(previous);
    arena.store(node, PREVIOUS, previous);
    arena.store(node, NEXT, next);
    this.#link(root, previous, next, node, node);
    writeEmptyListpack(this.bytes(node), this.start(node));
    arena.store(root, NODES, this.nodes(root) + 1);
    return node;
  }

  /** Takes a node out and frees it; the count of elements is the caller's. */
  removeNode(root: Address, node: Address): void {
    const [previous, next] = [this.previous(node), this.next(node)];
    this.#link(root, previous, next, next, previous);
    this.arena.store(root, NODES, this.nodes(root) - 1);
    this.arena.free(node);
  }

  /** Makes room for a listpack of `length` bytes in a node, or gives back what is no longer needed. */
  resizeNode(root: Address, node: Address, length: number): Address {
    const { arena } = this;
    const needed = NODE_HEADER_BYTES + length;
    const size = arena.sizeOf(node);
    if (needed <= size && needed * 2 >= size) return node;
    const kept = Math.min(length, this.length(node));
    const moved = arena.allocate(needed);
    arena.copy(node, moved, NODE_HEADER_BYTES + kept);
    this.#link(root, this.previous(moved), this.next(moved), moved, moved);
    arena.free(node);
    return moved;
  }

  /** The root and every node, for the checker. */
  *blocks(root: Address): Generator<Address> {
    yield root;
    for (let node = this.head(root); node !== 0; node = this.next(node)) yield node;
  }

  /** Makes the neighbours point to `first` (from before) and `last` (from behind). */
  #link(root: Address, previous: Address, next: Address, first: Address, last: Address): void {
    if (previous === 0) this.arena.store(root, HEAD, first);
    else this.arena.store(previous, NEXT, first);
    if (next === 0) this.arena.store(root, TAIL, last);
    else this.arena.store(next, PREVIOUS, last);
  }
}
