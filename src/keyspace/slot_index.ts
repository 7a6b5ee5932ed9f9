/**
 * The keys of a database by slot, for the node of a cluster.
 *
 * Each slot that has keys has a dict of its entries in the arena, some 15 bytes for a key. `Database` keeps it where it
 * puts entries into its own dict and takes them out, because loading goes there too, and the door of changes is not told whether a key is a
 * new one. A database without an index pays a branch there.
 *
 * Rejected: to make the slot the upper bits of a key's hash, so that the keys of a slot lie next to each other in the database's own dict
 * (one hash tag for all keys would make its directory grow to its limit, 256 MB); a list through the entries, as in Redis 7.2 (16 bytes a
 * key there, and every entry would have another layout).
 *
 * @module
 */
import type { Address } from "../arena/memory.ts";
import { Dict } from "../encodings/dict.ts";
import { keySlot, SLOT_COUNT } from "./key_slot.ts";

/** How many slots {@link SlotIndex.dismantle} frees before it pauses. */
const SLICE = 64;

/** The dicts of all slots. Their elements are found by address. */
class EntryDict extends Dict {
  protected override matches(): boolean {
    return false;
  }
}

/** The entries of one database, by the slots of their keys. */
export class SlotIndex {
  readonly #dict: Dict;
  /** The root of each slot's dict; 0 for a slot without keys. */
  #roots = new Uint32Array(SLOT_COUNT);

  constructor(arena: ConstructorParameters<typeof EntryDict>[0]) {
    this.#dict = new EntryDict(arena);
  }

  /** Adds an entry. `hash` is the hash of its key, which is `length` bytes from `start`. */
  add(entry: Address, hash: number, bytes: Uint8Array, start: number, length: number): void {
    const slot = keySlot(bytes, start, length);
    if (this.#roots[slot] === 0) this.#roots[slot] = this.#dict.create();
    this.#dict.insert(this.#roots[slot], hash, entry);
  }

  /** Removes an entry, which must be there. */
  remove(entry: Address, hash: number, bytes: Uint8Array, start: number, length: number): void {
    const slot = keySlot(bytes, start, length);
    const root = this.#roots[slot];
    this.#dict.findElement(root, hash, entry);
    this.#dict.removeFound(root);
    if (this.#dict.count(root) > 0) return;
    this.#dict.destroy(root);
    this.#roots[slot] = 0;
  }

  /** Puts another entry with the same key in an entry's place. */
  replace(
    entry: Address,
    other: Address,
    hash: number,
    bytes: Uint8Array,
    start: number,
    length: number,
  ): void {
    this.#dict.findElement(this.#roots[keySlot(bytes, start, length)], hash, entry);
    this.#dict.replaceFound(other);
  }

  /** How many keys a slot has. */
  count(slot: number): number {
    const root = this.#roots[slot];
    return root === 0 ? 0 : this.#dict.count(root);
  }

  /** Up to `count` entries of a slot. They are valid until the database changes. */
  entries(slot: number, count: number): Address[] {
    const root = this.#roots[slot];
    const found: Address[] = [];
    let cursor = 0;
    if (root === 0 || count === 0) return found;
    do {
      const missing = count - found.length;
      cursor = this.#dict.scan(root, cursor, missing, (entry) => {
        if (found.length < count) found.push(entry);
      });
    } while (cursor !== 0 && found.length < count);
    return found;
  }

  /** Forgets all entries; returns steps that free the memory, each of which yields how many slots it has freed. */
  detach(): Generator<number, void> {
    const roots = this.#roots;
    this.#roots = new Uint32Array(SLOT_COUNT);
    return this.#free(roots);
  }

  /** Exchanges all entries with another index of the same arena. */
  swap(other: SlotIndex): void {
    [this.#roots, other.#roots] = [other.#roots, this.#roots];
  }

  /** Every block of the arena that belongs to the index, for the checker. */
  *blocks(): Generator<Address> {
    for (const root of this.#roots) if (root !== 0) yield* this.#dict.blocks(root);
  }

  *#free(roots: Uint32Array): Generator<number, void> {
    let freed = 0;
    for (const root of roots) {
      if (root === 0) continue;
      this.#dict.destroy(root);
      if (++freed % SLICE === 0) yield SLICE;
    }
  }
}
