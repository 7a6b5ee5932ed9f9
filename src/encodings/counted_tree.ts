/**
 * A counted B+tree in the arena: elements in order, found by element, by rank, or by where a condition stops holding, each in O(log n).
 *
 *     root       16 bytes   u32 top node | u32 elements | u32 height (0: the top is a leaf) | u32 unused
 *     leaf       u32 elements n | u32 next leaf | u32 previous leaf | u32 unused | f64 keys[32] | u32 elements[32]
 *     internal   u32 children n | u32 unused x 3 | f64 keys[32] | u32 children[32] | u32 elements below[32] | u32 first element below[32]
 *
 * An element is the address of a block. Its *key* is a number that the tree keeps beside it, so that most comparisons need no look at the
 * element itself, which lies anywhere in memory; only elements with the same key are compared with each other. The subclass defines both.
 *
 * A node has at most 32 entries; full ones split in halves, sparse neighbours merge. Rejected: a skiplist as in Redis (no ranks without more
 * words for each level, a cache miss for every comparison).
 *
 * @module
 */
import type { Arena } from "../arena/arena.ts";
import { type Address, VIEW_MASK, VIEW_SHIFT } from "../arena/memory.ts";
import { breaks, CHECKS_INVARIANTS, poison } from "../lib/invariant.ts";

const ROOT_BYTES = 16;
const TOP = 0;
const COUNT = 1;
const HEIGHT = 2;

const MAX = 32;
const FEW = 8;
const MERGED = 24;
const NEXT = 1;
const PREVIOUS = 2;
const HEADER_BYTES = 16;
/** Most entries that {@link CountedTree.load} puts into a node, which leaves room for a few more. */
const LOADED = 28;
/** The unit at which the keys begin, in every node. */
const KEYS = 2;
/** Word of the first element of a leaf, or of the first child of an internal node. */
const ITEMS = 2 * (KEYS + MAX);
/** In an internal node, the words at which the numbers of elements below each child begin, and those of the first elements. */
const COUNTS = ITEMS + MAX;
const FIRSTS = COUNTS + MAX;
const LEAF_BYTES = (ITEMS + MAX) * 4;
const INTERNAL_BYTES = (FIRSTS + MAX) * 4;

/** A constant of this module, since V8 folds those (see `lib/invariant.ts`). */
const CHECKS = CHECKS_INVARIANTS;

/** Operations on trees, each known by its root. */
export abstract class CountedTree {
  constructor(protected readonly arena: Arena) {}

  /** The element's key; elements with smaller keys come first. It is never NaN. */
  protected abstract keyOf(element: Address): number;

  /** Compares two elements with the same key: below zero if `a` comes before `b`, above zero if behind, zero if they are the same. */
  protected abstract compareTied(a: Address, b: Address): number;

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

  /** Adds an element, which must not be in the tree. */
  insert(root: Address, element: Address): void {
    const { arena } = this;
    const top = arena.load(root, TOP);
    const height = arena.load(root, HEIGHT);
    const sibling = this.#insert(top, height, element, this.keyOf(element));
    arena.store(root, COUNT, this.count(root) + 1);
    if (sibling === 0) return;
    const above = this.#createNode(INTERNAL_BYTES);
    this.#putChild(above, 0, top, height);
    this.#putChild(above, 1, sibling, height);
    arena.store(above, 0, 2);
    arena.store(root, TOP, above);
    arena.store(root, HEIGHT, height + 1);
  }

  /** Fills an empty tree with elements that are in order. O(elements); the nodes are nearly full. */
  load(root: Address, elements: Uint32Array): void {
    const { arena } = this;
    if (elements.length === 0) return;
    arena.free(arena.load(root, TOP));
    let nodes = this.#loadLeaves(elements);
    let height = 0;
    for (; nodes.length > 1; height++) nodes = this.#loadAbove(nodes, height);
    arena.store(root, TOP, nodes[0]);
    arena.store(root, HEIGHT, height);
    arena.store(root, COUNT, elements.length);
  }

  /** Makes leaves of elements that are in order. */
  #loadLeaves(elements: Uint32Array): Address[] {
    const { arena } = this;
    const leaves: Address[] = [];
    for (const [first, end] of evenParts(elements.length)) {
      const leaf = this.#createNode(LEAF_BYTES);
      for (let at = first; at < end; at++) {
        arena.storeDouble(leaf, KEYS + at - first, this.keyOf(elements[at]));
        arena.store(leaf, ITEMS + at - first, elements[at]);
      }
      arena.store(leaf, 0, end - first);
      const previous = leaves.at(-1) ?? 0;
      arena.store(leaf, PREVIOUS, previous);
      if (previous !== 0) arena.store(previous, NEXT, leaf);
      leaves.push(leaf);
    }
    return leaves;
  }

  /** Makes the nodes above those of a height. */
  #loadAbove(children: readonly Address[], height: number): Address[] {
    return evenParts(children.length).map(([first, end]) => {
      const node = this.#createNode(INTERNAL_BYTES);
      for (let at = first; at < end; at++) this.#putChild(node, at - first, children[at], height);
      this.arena.store(node, 0, end - first);
      return node;
    });
  }

  /** Removes an element, which must be in the tree. */
  remove(root: Address, element: Address): void {
    const { arena } = this;
    this.#remove(arena.load(root, TOP), arena.load(root, HEIGHT), element, this.keyOf(element));
    arena.store(root, COUNT, this.count(root) - 1);
    while (arena.load(root, HEIGHT) > 0 && arena.load(arena.load(root, TOP), 0) === 1) {
      const top = arena.load(root, TOP);
      arena.store(root, TOP, arena.load(top, ITEMS));
      arena.store(root, HEIGHT, arena.load(root, HEIGHT) - 1);
      arena.free(top);
    }
  }

  /** How many elements come before this one, which must be in the tree. */
  rank(root: Address, element: Address): number {
    const { arena } = this;
    const key = this.keyOf(element);
    let node = arena.load(root, TOP);
    let rank = 0;
    for (let height = arena.load(root, HEIGHT); height > 0; height--) {
      const index = this.#childFor(node, element, key);
      for (let i = 0; i < index; i++) rank += arena.load(node, COUNTS + i);
      node = arena.load(node, ITEMS + index);
    }
    const index = this.#indexIn(node, element, key);
    if (CHECKS) this.#checkHolds(node, index, element);
    return rank + index;
  }

  /** How many elements `isBefore` holds for. It must hold for the first elements in order and for none behind them. */
  lowerRank(root: Address, isBefore: (element: Address, key: number) => boolean): number {
    const { arena } = this;
    let node = arena.load(root, TOP);
    let rank = 0;
    for (let height = arena.load(root, HEIGHT); height > 0; height--) {
      let low = 0;
      let high = arena.load(node, 0) - 1;
      while (low < high) {
        const middle = low + high + 1 >>> 1;
        const first = arena.load(node, FIRSTS + middle);
        if (isBefore(first, arena.loadDouble(node, KEYS + middle))) low = middle;
        else high = middle - 1;
      }
      for (let i = 0; i < low; i++) rank += arena.load(node, COUNTS + i);
      node = arena.load(node, ITEMS + low);
    }
    let low = 0;
    let high = arena.load(node, 0);
    while (low < high) {
      const middle = low + high >>> 1;
      const element = arena.load(node, ITEMS + middle);
      if (isBefore(element, arena.loadDouble(node, KEYS + middle))) low = middle + 1;
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

  /** The first element that `isBefore` does not hold for, or 0. The condition is that of {@link lowerRank}. */
  seek(root: Address, isBefore: (element: Address, key: number) => boolean): Address {
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
      for (; index >= arena.load(node, COUNTS + i); i++) index -= arena.load(node, COUNTS + i);
      node = arena.load(node, ITEMS + i);
    }
    for (let left = count; left > 0; left--) {
      if (visit(arena.load(node, ITEMS + index)) === false) return;
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

  /** Frees the tree a leaf at a time, and each element with `freeElement`; yields how many elements each leaf had. */
  *dismantle(root: Address, freeElement: (element: Address) => void): Generator<number, void> {
    yield* this.#dismantle(this.arena.load(root, TOP), this.arena.load(root, HEIGHT), freeElement);
    this.arena.free(root);
  }

  *#dismantle(
    node: Address,
    height: number,
    freeElement: (element: Address) => void,
  ): Generator<number, void> {
    const count = this.arena.load(node, 0);
    for (let i = 0; i < count; i++) {
      const item = this.arena.load(node, ITEMS + i);
      if (height === 0) freeElement(item);
      else yield* this.#dismantle(item, height - 1, freeElement);
    }
    this.arena.free(node);
    if (height === 0) yield count;
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
      yield* this.#nodes(this.arena.load(node, ITEMS + i), height - 1);
    }
  }

  #createNode(bytes: number): Address {
    const node = this.arena.allocate(bytes);
    this.arena.clear(node, HEADER_BYTES);
    return node;
  }

  #countOf(node: Address, height: number): number {
    const n = this.arena.load(node, 0);
    if (height === 0) return n;
    let count = 0;
    for (let i = 0; i < n; i++) count += this.arena.load(node, COUNTS + i);
    return count;
  }

  /** Writes entry `i` of an internal node: a child of the given height. */
  #putChild(node: Address, i: number, child: Address, height: number): void {
    this.arena.store(node, ITEMS + i, child);
    this.arena.store(node, COUNTS + i, this.#countOf(child, height));
    this.#putFirst(node, i, child, height);
  }

  /** Updates what entry `i` of an internal node says about the first element below its child. */
  #putFirst(node: Address, i: number, child: Address, height: number): void {
    const { arena } = this;
    arena.storeDouble(node, KEYS + i, arena.loadDouble(child, KEYS));
    arena.store(node, FIRSTS + i, arena.load(child, height === 0 ? ITEMS : FIRSTS));
  }

  /** Notes in entry `i` of an internal node that its child, of the given height, has gained or lost an element. */
  #addToChild(node: Address, i: number, child: Address, height: number, change: number): void {
    const { arena } = this;
    arena.store(node, COUNTS + i, arena.load(node, COUNTS + i) + change);
    this.#putFirst(node, i, child, height);
  }

  /** Index of the child of an internal node below which the element is, or belongs. */
  #childFor(node: Address, element: Address, key: number): number {
    const keys = this.arena.f64[node >>> VIEW_SHIFT];
    const base = (node & VIEW_MASK) + KEYS;
    let low = 0;
    let high = this.arena.load(node, 0) - 1;
    while (low < high) {
      const middle = low + high + 1 >>> 1;
      const other = keys[base + middle];
      const isBefore = other !== key
        ? other < key
        : this.compareTied(this.arena.load(node, FIRSTS + middle), element) <= 0;
      if (isBefore) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Index of an element in a leaf, or where it belongs. */
  #indexIn(leaf: Address, element: Address, key: number): number {
    const keys = this.arena.f64[leaf >>> VIEW_SHIFT];
    const base = (leaf & VIEW_MASK) + KEYS;
    let low = 0;
    let high = this.arena.load(leaf, 0);
    while (low < high) {
      const middle = low + high >>> 1;
      const other = keys[base + middle];
      const isBefore = other !== key
        ? other < key
        : this.compareTied(this.arena.load(leaf, ITEMS + middle), element) < 0;
      if (isBefore) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #checkHolds(leaf: Address, index: number, element: Address): void {
    const found = index < this.arena.load(leaf, 0) ? this.arena.load(leaf, ITEMS + index) : 0;
    if (found !== element) breaks("a tree", `${found} is in the place of element ${element}`);
  }

  /** Checks that an element belongs at index `i` of a leaf: behind its neighbour there, and before the one that it takes the place of. */
  #checkPlace(leaf: Address, i: number, element: Address, key: number): void {
    const { arena } = this;
    const comparedWith = (index: number) => {
      const difference = key - arena.loadDouble(leaf, KEYS + index);
      const isTied = key === arena.loadDouble(leaf, KEYS + index);
      return isTied ? this.compareTied(element, arena.load(leaf, ITEMS + index)) : difference;
    };
    const isBehind = i === 0 || comparedWith(i - 1) > 0;
    const isBefore = i === arena.load(leaf, 0) || comparedWith(i) < 0;
    if (!isBehind || !isBefore) breaks("a tree", `element ${element} is not between neighbours`);
  }

  /** Moves the entries of a node from index `from` on, `count` of them, to index `to` of the same or another node of the same height. */
  #move(
    source: Address,
    from: number,
    target: Address,
    to: number,
    count: number,
    height: number,
  ): void {
    const { arena } = this;
    const keys = arena.f64[source >>> VIEW_SHIFT];
    const targetKeys = arena.f64[target >>> VIEW_SHIFT];
    const words = arena.u32[source >>> VIEW_SHIFT];
    const targetWords = arena.u32[target >>> VIEW_SHIFT];
    const key = (source & VIEW_MASK) + KEYS + from;
    const targetKey = (target & VIEW_MASK) + KEYS + to;
    const columns = height === 0 ? 1 : 3;
    const word = (source & VIEW_MASK) * 2 + ITEMS + from;
    const targetWord = (target & VIEW_MASK) * 2 + ITEMS + to;
    // Moving towards the end of the same node begins with the last entry, so that nothing is overwritten before it is moved.
    const isBackwards = source === target && to > from;
    for (let i = 0; i < count; i++) {
      const at = isBackwards ? count - 1 - i : i;
      targetKeys[targetKey + at] = keys[key + at];
      for (let column = 0; column < columns * MAX; column += MAX) {
        targetWords[targetWord + column + at] = words[word + column + at];
      }
    }
  }

  /** Overwrites entries that a node of the given height no longer has. */
  #poisonEntries(node: Address, from: number, to: number, height: number): void {
    const bytes = this.arena.u8[node >>> VIEW_SHIFT];
    const start = (node & VIEW_MASK) * 8;
    poison(bytes, start + (KEYS + from) * 8, start + (KEYS + to) * 8);
    for (const column of height === 0 ? [ITEMS] : [ITEMS, COUNTS, FIRSTS]) {
      poison(bytes, start + (column + from) * 4, start + (column + to) * 4);
    }
  }

  /** Moves the second half of a full node to a new one, which is returned. */
  #split(node: Address, height: number): Address {
    const { arena } = this;
    const second = this.#createNode(height === 0 ? LEAF_BYTES : INTERNAL_BYTES);
    const half = MAX / 2;
    this.#move(node, half, second, 0, half, height);
    arena.store(node, 0, half);
    arena.store(second, 0, half);
    if (CHECKS) this.#poisonEntries(node, half, MAX, height);
    return second;
  }

  /** Inserts below a node; returns the new node that stands behind it if it was full, else 0. */
  #insert(node: Address, height: number, element: Address, key: number): Address {
    const { arena } = this;
    if (height === 0) return this.#insertInLeaf(node, element, key);
    const i = this.#childFor(node, element, key);
    const child = arena.load(node, ITEMS + i);
    const sibling = this.#insert(child, height - 1, element, key);
    if (sibling === 0) {
      this.#addToChild(node, i, child, height - 1, 1);
      return 0;
    }
    this.#putChild(node, i, child, height - 1);
    if (arena.load(node, 0) < MAX) {
      this.#insertChild(node, i + 1, sibling, height);
      return 0;
    }
    const second = this.#split(node, height);
    const half = MAX / 2;
    if (i + 1 <= half) this.#insertChild(node, i + 1, sibling, height);
    else this.#insertChild(second, i + 1 - half, sibling, height);
    return second;
  }

  /** Inserts a child at index `i` of an internal node of the given height. */
  #insertChild(node: Address, i: number, child: Address, height: number): void {
    const n = this.arena.load(node, 0);
    this.#move(node, i, node, i + 1, n - i, height);
    this.#putChild(node, i, child, height - 1);
    this.arena.store(node, 0, n + 1);
  }

  #insertInLeaf(leaf: Address, element: Address, key: number): Address {
    const { arena } = this;
    const n = arena.load(leaf, 0);
    const i = this.#indexIn(leaf, element, key);
    if (CHECKS) this.#checkPlace(leaf, i, element, key);
    if (n < MAX) {
      this.#move(leaf, i, leaf, i + 1, n - i, 0);
      arena.storeDouble(leaf, KEYS + i, key);
      arena.store(leaf, ITEMS + i, element);
      arena.store(leaf, 0, n + 1);
      return 0;
    }
    const second = this.#split(leaf, 0);
    const next = arena.load(leaf, NEXT);
    arena.store(second, NEXT, next);
    arena.store(second, PREVIOUS, leaf);
    arena.store(leaf, NEXT, second);
    if (next !== 0) arena.store(next, PREVIOUS, second);
    this.#insertInLeaf(i <= MAX / 2 ? leaf : second, element, key);
    return second;
  }

  #remove(node: Address, height: number, element: Address, key: number): void {
    const { arena } = this;
    if (height === 0) {
      const n = arena.load(node, 0);
      const i = this.#indexIn(node, element, key);
      if (CHECKS) this.#checkHolds(node, i, element);
      this.#move(node, i + 1, node, i, n - i - 1, 0);
      arena.store(node, 0, n - 1);
      if (CHECKS) this.#poisonEntries(node, n - 1, n, 0);
      return;
    }
    const i = this.#childFor(node, element, key);
    const child = arena.load(node, ITEMS + i);
    this.#remove(child, height - 1, element, key);
    const left = arena.load(child, 0);
    if (left === 0) this.#dropChild(node, i, height);
    else {
      this.#addToChild(node, i, child, height - 1, -1);
      if (left <= FEW) this.#mergeAround(node, i, height);
    }
  }

  /** Removes child `i` from a node of the given height and frees it. */
  #dropChild(node: Address, i: number, height: number): void {
    const { arena } = this;
    const child = arena.load(node, ITEMS + i);
    if (height === 1) {
      const [next, previous] = [arena.load(child, NEXT), arena.load(child, PREVIOUS)];
      if (previous !== 0) arena.store(previous, NEXT, next);
      if (next !== 0) arena.store(next, PREVIOUS, previous);
    }
    const n = arena.load(node, 0);
    this.#move(node, i + 1, node, i, n - i - 1, height);
    arena.store(node, 0, n - 1);
    if (CHECKS) this.#poisonEntries(node, n - 1, n, height);
    arena.free(child);
  }

  /** Merges child `i` of a node of the given height with a neighbour if both are sparse. */
  #mergeAround(node: Address, i: number, height: number): void {
    const { arena } = this;
    const n = arena.load(node, 0);
    const first = i + 1 < n ? i : i - 1;
    if (first < 0) return;
    const left = arena.load(node, ITEMS + first);
    const right = arena.load(node, ITEMS + first + 1);
    const [a, b] = [arena.load(left, 0), arena.load(right, 0)];
    if (a + b > MERGED) return;
    this.#move(right, 0, left, a, b, height - 1);
    arena.store(left, 0, a + b);
    this.#dropChild(node, first + 1, height);
    this.#putChild(node, first, left, height - 1);
  }
}

/**
 * Cuts `total` entries into the fewest parts that nodes can hold, of about the same size. A part is its first entry and the one behind its
 * last.
 */
function evenParts(total: number): [first: number, end: number][] {
  const parts = Math.ceil(total / LOADED);
  const firstOf = (part: number) => Math.floor(part * total / parts);
  return Array.from({ length: parts }, (_, part) => [firstOf(part), firstOf(part + 1)]);
}
