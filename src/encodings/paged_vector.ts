/**
 * A growable array of u32 in the arena, in chunks of 1,024, so that growing never copies the elements and no pause grows with it.
 *
 *     root        16 bytes   u32 directory address | u32 count | u32 chunks that fit the directory | u32 unused
 *     directory   4 * n      u32 chunk address
 *     chunk       4,096 bytes, 1,024 elements
 *
 * @module
 */
import type { Arena } from "../arena/arena.ts";
import type { Address } from "../arena/memory.ts";
import { breaks, CHECKS_INVARIANTS, POISON_WORD } from "../lib/invariant.ts";

const ROOT_BYTES = 16;
const DIRECTORY = 0;
const COUNT = 1;
const CAPACITY = 2;
const CHUNK_LOG2 = 10;
const CHUNK_MASK = (1 << CHUNK_LOG2) - 1;
const FIRST_CAPACITY = 4;

/** A constant of this module, since V8 folds those (see `lib/invariant.ts`). */
const CHECKS = CHECKS_INVARIANTS;

/** Operations on vectors of u32, each known by its root. */
export class PagedVector {
  constructor(private readonly arena: Arena) {}

  /** Makes an empty vector; returns its root. */
  create(): Address {
    const root = this.arena.allocate(ROOT_BYTES);
    this.arena.clear(root, ROOT_BYTES);
    return root;
  }

  /** Number of elements. */
  count(root: Address): number {
    return this.arena.load(root, COUNT);
  }

  /** The element at `index`, which must be below the count. */
  get(root: Address, index: number): number {
    if (CHECKS) this.#checkIndex(root, index);
    const chunk = this.arena.load(this.arena.load(root, DIRECTORY), index >>> CHUNK_LOG2);
    return this.arena.load(chunk, index & CHUNK_MASK);
  }

  /** Replaces the element at `index`. */
  set(root: Address, index: number, value: number): void {
    if (CHECKS) this.#checkIndex(root, index);
    const chunk = this.arena.load(this.arena.load(root, DIRECTORY), index >>> CHUNK_LOG2);
    this.arena.store(chunk, index & CHUNK_MASK, value);
  }

  /** Appends an element; returns its index. */
  push(root: Address, value: number): number {
    const arena = this.arena;
    const index = arena.load(root, COUNT);
    if ((index & CHUNK_MASK) === 0) this.#addChunk(root, index >>> CHUNK_LOG2);
    arena.store(root, COUNT, index + 1);
    this.set(root, index, value);
    return index;
  }

  /** Removes and returns the last element; there must be one. */
  pop(root: Address): number {
    const arena = this.arena;
    const index = arena.load(root, COUNT) - 1;
    const value = this.get(root, index);
    if (CHECKS) this.set(root, index, POISON_WORD);
    arena.store(root, COUNT, index);
    if ((index & CHUNK_MASK) === 0) {
      arena.free(arena.load(arena.load(root, DIRECTORY), index >>> CHUNK_LOG2));
      if (index === 0) this.clear(root);
    }
    return value;
  }

  /** Removes all elements and frees everything but the root. */
  clear(root: Address): void {
    for (const block of this.#ownBlocks(root)) this.arena.free(block);
    this.arena.clear(root, ROOT_BYTES);
  }

  /** Frees the vector, root and all. */
  destroy(root: Address): void {
    this.clear(root);
    this.arena.free(root);
  }

  /** The root and every block of the vector, for the checker. */
  *blocks(root: Address): Generator<Address> {
    yield root;
    yield* this.#ownBlocks(root);
  }

  #checkIndex(root: Address, index: number): void {
    const count = this.count(root);
    if (!(index >= 0 && index < count)) breaks("a paged vector", `no element ${index} of ${count}`);
  }

  *#ownBlocks(root: Address): Generator<Address> {
    const directory = this.arena.load(root, DIRECTORY);
    if (directory === 0) return;
    const chunks = this.arena.load(root, COUNT) + CHUNK_MASK >>> CHUNK_LOG2;
    for (let chunk = 0; chunk < chunks; chunk++) yield this.arena.load(directory, chunk);
    yield directory;
  }

  #addChunk(root: Address, chunk: number): void {
    const arena = this.arena;
    const capacity = arena.load(root, CAPACITY);
    if (chunk === capacity) {
      const enlarged = Math.max(FIRST_CAPACITY, capacity * 2);
      const directory = arena.allocate(enlarged * 4);
      if (capacity > 0) {
        arena.copy(arena.load(root, DIRECTORY), directory, capacity * 4);
        arena.free(arena.load(root, DIRECTORY));
      }
      arena.store(root, DIRECTORY, directory);
      arena.store(root, CAPACITY, enlarged);
    }
    arena.store(arena.load(root, DIRECTORY), chunk, arena.allocate(4 << CHUNK_LOG2));
  }
}
