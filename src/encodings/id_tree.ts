/**
 * Trees of blocks in the order of an id in their first four words (a stream's nodes, pending entries) or of a name (consumer groups,
 * consumers).
 *
 * @module
 */
import type { Arena } from "../arena/arena.ts";
import { type Address, VIEW_MASK, VIEW_SHIFT } from "../arena/memory.ts";
import { type ByteRange, compareBytes, copyBytes } from "../lib/bytes.ts";
import { CountedTree } from "./counted_tree.ts";
import { compareStored, type StreamId } from "./stream_id.ts";

/** Elements in order of the id in their words 0 to 3. */
export class IdTree extends CountedTree {
  constructor(arena: Arena) {
    super(arena);
  }

  /** The element with this id, or 0. */
  find(root: Address, id: StreamId): Address {
    const found = this.seek(root, (element) => compareStored(this.arena, element, 0, id) < 0);
    return found !== 0 && compareStored(this.arena, found, 0, id) === 0 ? found : 0;
  }

  /** How many elements have a smaller id. */
  rankOf(root: Address, id: StreamId): number {
    return this.lowerRank(root, (element) => compareStored(this.arena, element, 0, id) < 0);
  }

  /** The milliseconds of the id. Beyond 2^53 they are rounded, and ids that are rounded to the same number are compared in full. */
  protected override keyOf(element: Address): number {
    return this.arena.load(element, 0) * 2 ** 32 + this.arena.load(element, 1);
  }

  protected override compareTied(a: Address, b: Address): number {
    const { arena } = this;
    for (let word = 0; word < 3; word++) {
      const difference = arena.load(a, word) - arena.load(b, word);
      if (difference !== 0) return difference;
    }
    return arena.load(a, 3) - arena.load(b, 3);
  }
}

/** The word of a named block that holds the length of its name; the name follows. */
const NAME_LENGTH_WORD = 8;
const NAME_OFFSET = 36;

/** Elements in order of their names. Their first 32 bytes belong to the owner. */
export class NameTree extends CountedTree {
  readonly #range: ByteRange = { bytes: new Uint8Array(0), start: 0, length: 0 };

  constructor(arena: Arena) {
    super(arena);
  }

  /** Makes an element with this name, which must not lie in the arena. Its first 32 bytes are zero. */
  createElement(name: ByteRange): Address {
    const { arena } = this;
    const element = arena.allocate(NAME_OFFSET + name.length);
    arena.clear(element, NAME_OFFSET);
    arena.store(element, NAME_LENGTH_WORD, name.length);
    const target = this.name(element);
    copyBytes(name.bytes, name.start, target.bytes, target.start, name.length);
    return element;
  }

  /** The element's name, in an object that the next call reuses. */
  name(element: Address): ByteRange {
    const range = this.#range;
    range.bytes = this.arena.u8[element >>> VIEW_SHIFT];
    range.start = (element & VIEW_MASK) * 8 + NAME_OFFSET;
    range.length = this.arena.load(element, NAME_LENGTH_WORD);
    return range;
  }

  /** The element with this name, or 0. */
  find(root: Address, name: ByteRange): Address {
    const found = this.seek(root, (element) => this.#compareName(element, name) < 0);
    return found !== 0 && this.#compareName(found, name) === 0 ? found : 0;
  }

  /** The first six bytes of the name, as a number. */
  protected override keyOf(element: Address): number {
    const { bytes, start, length } = this.name(element);
    let key = 0;
    for (let i = 0; i < 6; i++) key = key * 256 + (i < length ? bytes[start + i] : 0);
    return key;
  }

  protected override compareTied(a: Address, b: Address): number {
    const { bytes, start, length } = this.name(b);
    return this.#compareName(a, { bytes, start, length });
  }

  #compareName(element: Address, other: ByteRange): number {
    const { bytes, start, length } = this.name(element);
    return compareBytes(bytes, start, length, other.bytes, other.start, other.length);
  }
}
