/**
 * A counted B+tree in the arena: elements in order, found by element, by rank, or by where a condition stops holding, each in O(log n).
 *
 *     root       16 bytes   u32 top node | u32 elements | u32 height (0: the top is a leaf) | u32 unused
 *     leaf       u32 elements n | u32 next leaf | u32 previous leaf | n elements (u32 addresses)
 *     internal   u32 children n | u32 unused | u32 unused | n children: u32 node | u32 elements below | u32 first element below
 *
 * A node has at most 32 entries; full ones split in halves, sparse neighbours merge. An element is the address of a block, and the
 * subclass says which of two comes first. Rejected: a skiplist as in Redis (no ranks without more words for each level, poor locality).
 *
 * @module
 */
import type { Arena } from "../arena/arena.ts";
import type { Address } from "../arena/memory.ts";

const ROOT_BYTES = 16;
const TOP = 0;
const COUNT = 1;
const HEIGHT = 2;

const MAX = 32;
const FEW = 8;
const MERGED = 24;
const FIRST = 3;
const NEXT = 1;
const PREVIOUS = 2;
const LEAF_BYTES = (FIRST + MAX) * 4;
const INTERNAL_BYTES = (FIRST + 3 * MAX) * 4;

/** Works on the root of a tree. */
export abstract class CountedTree {
  constructor(protected readonly arena: Arena) {}

  /** Below zero if element `a` comes before `b`, above zero if behind, zero if they are the same. */
  protected abstract compare(a: Address, b: Address): number;

  /** Makes an empty tree; returns its root. */
  create(): Address {
    const root = this.arena.allocate(ROOT_BYTES);
    this.arena.clear(root, ROOT_BYTES);
    this.arena.store(root, TOP, this.#createNode(LEAF_BYTES));
    return root;
  }

  /** Number of elements. */
  count(root: Address): number {
    return this.arena.load(root, COUNT);
  }

  /** Adds an element that is not there. */
  insert(root: Address, element: Address): void {
    const { arena } = this;
    const top = arena.load(root, TOP);
    const height = arena.load(root, HEIGHT);
    const sibling = this.#insert(top, height, element);
    arena.store(root, COUNT, this.count(root) + 1);
    if (sibling === 0) return;
    const above = this.#createNode(INTERNAL_BYTES);
    this.#putChild(above, 0, top, height);
    this.#putChild(above, 1, sibling, height);
    arena.store(above, 0, 2);
    arena.store(root, TOP, above);
    arena.store(root, HEIGHT, height + 1);
  }

  /** Removes an element that is there. */
  remove(root: Address, element: Address): void {
    const { arena } = this;
    this.#remove(arena.load(root, TOP), arena.load(root, HEIGHT), element);
    arena.store(root, COUNT, this.count(root) - 1);
    while (arena.load(root, HEIGHT) > 0 && arena.load(arena.load(root, TOP), 0) === 1) {
      const top = arena.load(root, TOP);
      arena.store(root, TOP, arena.load(top, FIRST));
      arena.store(root, HEIGHT, arena.load(root, HEIGHT) - 1);
      arena.free(top);
    }
  }

  /** How many elements come before this one, which is there. */
  rank(root: Address, element: Address): number {
    return this.lowerRank(root, (other) => this.compare(other, element) < 0);
  }

  /** How many elements `isBefore` holds for: it must hold for the first ones and for none behind. */
  lowerRank(root: Address, isBefore: (element: Address) => boolean): number {
    const { arena } = this;
    let node = arena.load(root, TOP);
    let rank = 0;
    for (let height = arena.load(root, HEIGHT); height > 0; height--) {
      const n = arena.load(node, 0);
      let i = 0;
      while (i + 1 < n && isBefore(arena.load(node, FIRST + 3 * (i + 1) + 2))) {
        rank += arena.load(node, FIRST + 3 * i + 1);
        i++;
      }
      node = arena.load(node, FIRST + 3 * i);
    }
    const n = arena.load(node, 0);
    let low = 0;
    let high = n;
    while (low < high) {
      const middle = low + high >>> 1;
      if (isBefore(arena.load(node, FIRST + middle))) low = middle + 1;
      else high = middle;
    }
    return rank + low;
  }

  /** The element at a rank, or 0. */
  at(root: Address, rank: number): Address {
    let found = 0;
    this.walk(root, rank, 1, false, (element) => {
      found = element;
    });
    return found;
  }

  /** The first element that `isBefore` does not hold for, or 0; as for {@link lowerRank}. */
  seek(root: Address, isBefore: (element: Address) => boolean): Address {
    return this.at(root, this.lowerRank(root, isBefore));
  }

  /**
   * Visits up to `count` elements from a rank on, forwards or backwards, until the visitor returns false. It must not change the tree.
   */
  walk(
    root: Address,
    rank: number,
    count: number,
    isReversed: boolean,
    visit: (element: Address) => unknown,
  ): void {
    const { arena } = this;
    if (rank < 0 || rank >= this.count(root)) return;
    let node = arena.load(root, TOP);
    let index = rank;
    for (let height = arena.load(root, HEIGHT); height > 0; height--) {
      let i = 0;
      for (; index >= arena.load(node, FIRST + 3 * i + 1); i++) {
        index -= arena.load(node, FIRST + 3 * i + 1);
      }
      node = arena.load(node, FIRST + 3 * i);
    }
    for (let left = count; left > 0; left--) {
      if (visit(arena.load(node, FIRST + index)) === false) return;
      index += isReversed ? -1 : 1;
      if (index >= 0 && index < arena.load(node, 0)) continue;
      node = arena.load(node, isReversed ? PREVIOUS : NEXT);
      if (node === 0) return;
      index = isReversed ? arena.load(node, 0) - 1 : 0;
    }
  }

  /** Frees the tree, root and all; elements stay the caller's. O(nodes). */
  destroy(root: Address): void {
    for (const block of [...this.blocks(root)]) this.arena.free(block);
  }

  /** The root and every node, for the checker. */
  *blocks(root: Address): Generator<Address> {
    yield root;
    yield* this.#nodes(this.arena.load(root, TOP), this.arena.load(root, HEIGHT));
  }

  *#nodes(node: Address, height: number): Generator<Address> {
    yield node;
    if (height === 0) return;
    for (let i = 0; i < this.arena.load(node, 0); i++) {
      yield* this.#nodes(this.arena.load(node, FIRST + 3 * i), height - 1);
    }
  }

  #createNode(bytes: number): Address {
    const node = this.arena.allocate(bytes);
    this.arena.clear(node, FIRST * 4);
    return node;
  }

  #firstOf(node: Address, height: number): Address {
    return this.arena.load(node, height === 0 ? FIRST : FIRST + 2);
  }

  #countOf(node: Address, height: number): number {
    const n = this.arena.load(node, 0);
    if (height === 0) return n;
    let count = 0;
    for (let i = 0; i < n; i++) count += this.arena.load(node, FIRST + 3 * i + 1);
    return count;
  }

  /** Writes entry `i` of an internal node: a child of the given height. */
  #putChild(node: Address, i: number, child: Address, height: number): void {
    this.arena.store(node, FIRST + 3 * i, child);
    this.arena.store(node, FIRST + 3 * i + 1, this.#countOf(child, height));
    this.arena.store(node, FIRST + 3 * i + 2, this.#firstOf(child, height));
  }

  /** Notes in entry `i` of an internal node that its child, of the given height, has gained or lost an element. */
  #addToChild(node: Address, i: number, child: Address, height: number, change: number): void {
    const { arena } = this;
    const at = FIRST + 3 * i;
    arena.store(node, at + 1, arena.load(node, at + 1) + change);
    arena.store(node, at + 2, this.#firstOf(child, height));
  }

  /** Index of the child of an internal node below which the element is, or belongs. */
  #childFor(node: Address, element: Address): number {
    let low = 0;
    let high = this.arena.load(node, 0) - 1;
    while (low < high) {
      const middle = low + high + 1 >>> 1;
      if (this.compare(this.arena.load(node, FIRST + 3 * middle + 2), element) <= 0) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Index of an element in a leaf, or where it belongs. */
  #indexIn(leaf: Address, element: Address): number {
    let low = 0;
    let high = this.arena.load(leaf, 0);
    while (low < high) {
      const middle = low + high >>> 1;
      if (this.compare(this.arena.load(leaf, FIRST + middle), element) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Moves words of a node: entries from word `from` on, `words` of them, to word `to`. */
  #shift(node: Address, from: number, to: number, words: number): void {
    const { arena } = this;
    if (to > from) {
      for (let i = words - 1; i >= 0; i--) arena.store(node, to + i, arena.load(node, from + i));
    } else {
      for (let i = 0; i < words; i++) arena.store(node, to + i, arena.load(node, from + i));
    }
  }

  /** Inserts below a node; returns the new node that stands behind it if it was full, else 0. */
  #insert(node: Address, height: number, element: Address): Address {
    const { arena } = this;
    if (height === 0) return this.#insertInLeaf(node, element);
    const i = this.#childFor(node, element);
    const child = arena.load(node, FIRST + 3 * i);
    const sibling = this.#insert(child, height - 1, element);
    if (sibling === 0) {
      this.#addToChild(node, i, child, height - 1, 1);
      return 0;
    }
    this.#putChild(node, i, child, height - 1);
    const n = arena.load(node, 0);
    if (n < MAX) {
      this.#insertChild(node, i + 1, sibling, height - 1);
      return 0;
    }
    const second = this.#createNode(INTERNAL_BYTES);
    const half = MAX / 2;
    for (let word = 0; word < 3 * half; word++) {
      arena.store(second, FIRST + word, arena.load(node, FIRST + 3 * half + word));
    }
    arena.store(node, 0, half);
    arena.store(second, 0, half);
    if (i + 1 <= half) this.#insertChild(node, i + 1, sibling, height - 1);
    else this.#insertChild(second, i + 1 - half, sibling, height - 1);
    return second;
  }

  #insertChild(node: Address, i: number, child: Address, height: number): void {
    const n = this.arena.load(node, 0);
    this.#shift(node, FIRST + 3 * i, FIRST + 3 * (i + 1), 3 * (n - i));
    this.#putChild(node, i, child, height);
    this.arena.store(node, 0, n + 1);
  }

  #insertInLeaf(leaf: Address, element: Address): Address {
    const { arena } = this;
    const n = arena.load(leaf, 0);
    const i = this.#indexIn(leaf, element);
    if (n < MAX) {
      this.#shift(leaf, FIRST + i, FIRST + i + 1, n - i);
      arena.store(leaf, FIRST + i, element);
      arena.store(leaf, 0, n + 1);
      return 0;
    }
    const second = this.#createNode(LEAF_BYTES);
    const half = MAX / 2;
    for (let j = 0; j < half; j++) {
      arena.store(second, FIRST + j, arena.load(leaf, FIRST + half + j));
    }
    arena.store(leaf, 0, half);
    arena.store(second, 0, half);
    const next = arena.load(leaf, NEXT);
    arena.store(second, NEXT, next);
    arena.store(second, PREVIOUS, leaf);
    arena.store(leaf, NEXT, second);
    if (next !== 0) arena.store(next, PREVIOUS, second);
    this.#insertInLeaf(i <= half ? leaf : second, element);
    return second;
  }

  #remove(node: Address, height: number, element: Address): void {
    const { arena } = this;
    if (height === 0) {
      const n = arena.load(node, 0);
      const i = this.#indexIn(node, element);
      this.#shift(node, FIRST + i + 1, FIRST + i, n - i - 1);
      arena.store(node, 0, n - 1);
      return;
    }
    const i = this.#childFor(node, element);
    const child = arena.load(node, FIRST + 3 * i);
    this.#remove(child, height - 1, element);
    const left = arena.load(child, 0);
    if (left === 0) this.#dropChild(node, i, height - 1);
    else {
      this.#addToChild(node, i, child, height - 1, -1);
      if (left <= FEW) this.#mergeAround(node, i, height - 1);
    }
  }

  /** Takes child `i` of a node out and frees it. */
  #dropChild(node: Address, i: number, height: number): void {
    const { arena } = this;
    const child = arena.load(node, FIRST + 3 * i);
    if (height === 0) {
      const [next, previous] = [arena.load(child, NEXT), arena.load(child, PREVIOUS)];
      if (previous !== 0) arena.store(previous, NEXT, next);
      if (next !== 0) arena.store(next, PREVIOUS, previous);
    }
    const n = arena.load(node, 0);
    this.#shift(node, FIRST + 3 * (i + 1), FIRST + 3 * i, 3 * (n - i - 1));
    arena.store(node, 0, n - 1);
    arena.free(child);
  }

  /** Merges child `i` with a neighbour if both are sparse. */
  #mergeAround(node: Address, i: number, height: number): void {
    const { arena } = this;
    const n = arena.load(node, 0);
    const first = i + 1 < n ? i : i - 1;
    if (first < 0) return;
    const left = arena.load(node, FIRST + 3 * first);
    const right = arena.load(node, FIRST + 3 * (first + 1));
    const [a, b] = [arena.load(left, 0), arena.load(right, 0)];
    if (a + b > MERGED) return;
    const words = height === 0 ? 1 : 3;
    for (let word = 0; word < words * b; word++) {
      arena.store(left, FIRST + words * a + word, arena.load(right, FIRST + word));
    }
    arena.store(left, 0, a + b);
    this.#dropChild(node, first + 1, height);
    this.#putChild(node, first, left, height);
  }
}
