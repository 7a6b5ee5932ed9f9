/**
 * Dicts whose elements are a field with its value: large hashes.
 *
 *     element   u32 field length | u32 value length | field bytes | value bytes
 *     with TTL  u32 field length | u32 value length | f64 deadline, milliseconds since 1970 (0: none) | field bytes | value bytes
 *
 * @module
 */
import { Arena } from "../arena/arena.ts";
import { type Address, VIEW_MASK, VIEW_SHIFT } from "../arena/memory.ts";
import { type ByteRange, copyBytes, sameBytes } from "../lib/bytes.ts";
import type { HalfSipHash } from "../lib/halfsiphash.ts";
import { breaks, CHECKS_INVARIANTS, poison } from "../lib/invariant.ts";
import { Dict } from "./dict.ts";

const HEADER_BYTES = 8;
const TTL_HEADER_BYTES = 16;
const DEADLINE_UNIT = 1;
const DISMANTLED_AT_ONCE = 32;

/** A constant of this module, since V8 folds those (see `lib/invariant.ts`). */
const CHECKS = CHECKS_INVARIANTS;

/** Operations on such dicts, each known by its root. */
export class FieldDict extends Dict {
  readonly #range: ByteRange = { bytes: new Uint8Array(0), start: 0, length: 0 };

  readonly #headerBytes: number;

  /** `hasDeadlines`: whether elements have room for a deadline. */
  constructor(
    arena: Arena,
    private readonly hasher: HalfSipHash,
    private readonly hasDeadlines = false,
  ) {
    super(arena);
    this.#headerBytes = hasDeadlines ? TTL_HEADER_BYTES : HEADER_BYTES;
  }

  /** The deadline of an element that has room for one, in milliseconds since 1970; 0 is none. */
  deadline(element: Address): number {
    return this.arena.loadDouble(element, DEADLINE_UNIT);
  }

  /** Sets {@link deadline}. */
  setDeadline(element: Address, deadlineMs: number): void {
    this.arena.storeDouble(element, DEADLINE_UNIT, deadlineMs);
  }

  /** The element of a field, or 0. */
  findField(root: Address, bytes: Uint8Array, start: number, length: number): Address {
    return this.find(root, this.hasher.hash(bytes, start, length), bytes, start, length);
  }

  /** Sets a field's value, without a deadline; returns whether the field is new. The ranges must not lie in the arena. */
  set(root: Address, field: ByteRange, value: ByteRange): boolean {
    const { arena } = this;
    const hash = this.hasher.hash(field.bytes, field.start, field.length);
    const old = this.find(root, hash, field.bytes, field.start, field.length);
    const size = this.#headerBytes + field.length + value.length;
    const fits = old !== 0 && arena.sizeOf(old) === Arena.blockBytes(size);
    const element = fits ? old : arena.allocate(size);
    arena.store(element, 0, field.length);
    arena.store(element, 1, value.length);
    if (this.hasDeadlines) this.setDeadline(element, 0);
    const view = arena.u8[element >>> VIEW_SHIFT];
    const at = (element & VIEW_MASK) * 8 + this.#headerBytes;
    if (CHECKS) poison(view, at, at - this.#headerBytes + arena.sizeOf(element));
    copyBytes(field.bytes, field.start, view, at, field.length);
    copyBytes(value.bytes, value.start, view, at + field.length, value.length);
    if (old === 0) this.insert(root, hash, element);
    else if (!fits) {
      this.replaceFound(element);
      arena.free(old);
    }
    return old === 0;
  }

  /** Adds a field that does not exist, with an empty value. `hash` is the field's hash; the range must not lie in the arena. */
  add(root: Address, hash: number, { bytes, start, length }: ByteRange): void {
    const { arena } = this;
    const element = arena.allocate(this.#headerBytes + length);
    arena.store(element, 0, length);
    arena.store(element, 1, 0);
    if (this.hasDeadlines) this.setDeadline(element, 0);
    const at = (element & VIEW_MASK) * 8 + this.#headerBytes;
    copyBytes(bytes, start, arena.u8[element >>> VIEW_SHIFT], at, length);
    this.insertOrFree(root, hash, element);
  }

  /** Makes a dict of copies of all elements of another; returns its root. */
  copyAll(root: Address): Address {
    const { arena } = this;
    const copy = this.create();
    this.forEach(root, (element, hash) => {
      const size = this.#headerBytes + arena.load(element, 0) + arena.load(element, 1);
      const twin = arena.allocate(size);
      arena.copy(element, twin, size);
      this.insert(copy, hash, twin);
    });
    return copy;
  }

  /** Removes a field; returns whether it existed. */
  remove(root: Address, bytes: Uint8Array, start: number, length: number): boolean {
    const element = this.findField(root, bytes, start, length);
    if (element === 0) return false;
    this.removeFound(root);
    this.arena.free(element);
    return true;
  }

  /** Frees the dict with all its elements. O(elements). */
  destroyAll(root: Address): void {
    this.forEach(root, (element) => this.arena.free(element));
    this.destroy(root);
  }

  /** As {@link destroyAll}, a few elements at a time; yields how many. */
  *dismantle(root: Address): Generator<number, void> {
    let cursor = 0;
    do {
      let freed = 0;
      cursor = this.scan(root, cursor, DISMANTLED_AT_ONCE, (element) => {
        this.arena.free(element);
        freed++;
      });
      yield freed;
    } while (cursor !== 0);
    this.destroy(root);
  }

  /** Every block of a dict and of its elements, for the checker. */
  *allBlocks(root: Address): Generator<Address> {
    yield* this.blocks(root);
    const elements: Address[] = [];
    this.forEach(root, (element) => elements.push(element));
    yield* elements;
  }

  /** The element's field, in an object that the next call reuses; valid until the next allocation. */
  field(element: Address): ByteRange {
    return this.#view(element, 0, this.arena.load(element, 0));
  }

  /** The element's value, as {@link field}. */
  value(element: Address): ByteRange {
    return this.#view(element, this.arena.load(element, 0), this.arena.load(element, 1));
  }

  protected override matches(
    element: Address,
    bytes: Uint8Array,
    start: number,
    length: number,
  ): boolean {
    if (this.arena.load(element, 0) !== length) return false;
    const at = (element & VIEW_MASK) * 8 + this.#headerBytes;
    return sameBytes(this.arena.u8[element >>> VIEW_SHIFT], at, bytes, start, length);
  }

  #view(element: Address, offset: number, length: number): ByteRange {
    if (CHECKS && this.#headerBytes + offset + length > this.arena.sizeOf(element)) {
      breaks("a field dict", `element ${element} is longer than its block`);
    }
    this.#range.bytes = this.arena.u8[element >>> VIEW_SHIFT];
    this.#range.start = (element & VIEW_MASK) * 8 + this.#headerBytes + offset;
    this.#range.length = length;
    return this.#range;
  }
}
