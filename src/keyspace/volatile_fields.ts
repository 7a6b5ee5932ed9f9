/**
 * Hashes whose fields may have TTLs.
 *
 *     root       u32 dict of the fields | u32 tree of those with a deadline | u32 entry of the hash | u32 unused
 *                f64 the first deadline, milliseconds since 1970 (infinite: none)
 *     database   a tree of the roots that have a deadline, by the first one
 *
 * So the next field to expire is found at once, in a hash and in a database, and no other field is looked at. A lookup of a hash removes
 * its expired fields first, so that no command needs to know of them.
 *
 * @module
 */
import type { Arena } from "../arena/arena.ts";
import type { Address } from "../arena/memory.ts";
import { CountedTree } from "../encodings/counted_tree.ts";
import { FieldDict } from "../encodings/field_dict.ts";
import type { ByteRange } from "../lib/bytes.ts";
import type { HalfSipHash } from "../lib/halfsiphash.ts";
import { ValueType } from "./value_type.ts";

const ROOT_BYTES = 24;
const DICT = 0;
const TREE = 1;
const ENTRY = 2;
const FIRST_DEADLINE_UNIT = 2;

/** The encoding of such a hash. */
export const VOLATILE_ENCODING = 2;
/** The kind of such a hash. */
export const VOLATILE_HASH: number = ValueType.Hash | VOLATILE_ENCODING << 4;

/** As a deadline: the field lives for ever. */
export const NO_DEADLINE = 0;

/** A database, as far as it finds hashes by the deadlines of their fields. */
export interface FieldsIndex {
  /** Root of the tree of hashes; 0 while there is none. */
  fieldsRoot: Address;
}

/** Blocks in order of the deadline in one of their units; blocks with the same deadline come in any order. */
class DeadlineTree extends CountedTree {
  constructor(arena: Arena, private readonly unit: number) {
    super(arena);
  }

  protected override keyOf(element: Address): number {
    return this.arena.loadDouble(element, this.unit);
  }

  protected override compareTied(a: Address, b: Address): number {
    return a - b;
  }
}

/** Operations on hashes with TTLs on fields, each known by its root. */
export class VolatileFields {
  /** The dicts of such hashes. */
  readonly dict: FieldDict;
  readonly #byDeadline: DeadlineTree;
  readonly #hashes: DeadlineTree;

  constructor(private readonly arena: Arena, hasher: HalfSipHash) {
    this.dict = new FieldDict(arena, hasher, true);
    this.#byDeadline = new DeadlineTree(arena, 1);
    this.#hashes = new DeadlineTree(arena, FIRST_DEADLINE_UNIT);
  }

  /** Makes an empty hash of this kind; returns its root. */
  create(): Address {
    const { arena } = this;
    const [dict, tree] = [this.dict.create(), this.#byDeadline.create()];
    const root = arena.allocate(ROOT_BYTES);
    arena.clear(root, ROOT_BYTES);
    arena.store(root, DICT, dict);
    arena.store(root, TREE, tree);
    arena.storeDouble(root, FIRST_DEADLINE_UNIT, Infinity);
    return root;
  }

  /** Root of the dict of a hash's fields. */
  dictRoot(root: Address): Address {
    return this.arena.load(root, DICT);
  }

  /** The earliest deadline of a hash's fields, in milliseconds since 1970; infinite if no field has one. */
  firstDeadline(root: Address): number {
    return this.arena.loadDouble(root, FIRST_DEADLINE_UNIT);
  }

  /** Sets a field's value. The field loses its deadline, unless `keepsDeadline`. */
  set(
    database: FieldsIndex,
    root: Address,
    field: ByteRange,
    value: ByteRange,
    keepsDeadline: boolean,
  ): void {
    const dictRoot = this.dictRoot(root);
    const old = this.dict.findField(dictRoot, field.bytes, field.start, field.length);
    const deadlineMs = old === 0 ? NO_DEADLINE : this.dict.deadline(old);
    if (deadlineMs !== NO_DEADLINE) this.setDeadline(database, root, old, NO_DEADLINE);
    this.dict.set(dictRoot, field, value);
    if (deadlineMs === NO_DEADLINE || !keepsDeadline) return;
    const element = this.dict.findField(dictRoot, field.bytes, field.start, field.length);
    this.setDeadline(database, root, element, deadlineMs);
  }

  /** Removes a field. */
  remove(database: FieldsIndex, root: Address, element: Address): void {
    this.setDeadline(database, root, element, NO_DEADLINE);
    const { bytes, start, length } = this.dict.field(element);
    this.dict.remove(this.dictRoot(root), bytes, start, length);
  }

  /** Gives a field a deadline, or takes it away with {@link NO_DEADLINE}. */
  setDeadline(database: FieldsIndex, root: Address, element: Address, deadlineMs: number): void {
    const tree = this.arena.load(root, TREE);
    if (this.dict.deadline(element) !== NO_DEADLINE) this.#byDeadline.remove(tree, element);
    this.dict.setDeadline(element, deadlineMs);
    if (deadlineMs !== NO_DEADLINE) this.#byDeadline.insert(tree, element);
    const first = this.#byDeadline.at(tree, 0);
    const firstMs = first === 0 ? Infinity : this.dict.deadline(first);
    if (firstMs === this.firstDeadline(root)) return;
    this.leave(database, root);
    this.arena.storeDouble(root, FIRST_DEADLINE_UNIT, firstMs);
    this.enter(database, root, this.arena.load(root, ENTRY));
  }

  /** Adds a hash, which is the value of the given entry, to the database's tree. */
  enter(database: FieldsIndex, root: Address, entry: Address): void {
    this.moved(root, entry);
    if (this.firstDeadline(root) === Infinity) return;
    if (database.fieldsRoot === 0) database.fieldsRoot = this.#hashes.create();
    this.#hashes.insert(database.fieldsRoot, root);
  }

  /** Removes a hash from the database's tree. */
  leave(database: FieldsIndex, root: Address): void {
    if (this.firstDeadline(root) === Infinity) return;
    this.#hashes.remove(database.fieldsRoot, root);
    if (this.#hashes.count(database.fieldsRoot) > 0) return;
    this.#hashes.destroy(database.fieldsRoot);
    database.fieldsRoot = 0;
  }

  /** Records that the entry of a hash has moved. */
  moved(root: Address, entry: Address): void {
    this.arena.store(root, ENTRY, entry);
  }

  /** The entry of the hash whose earliest deadline comes first in the database, if that deadline has passed; else 0. */
  dueHash(database: FieldsIndex, nowMs: number): Address {
    if (database.fieldsRoot === 0) return 0;
    const root = this.#hashes.at(database.fieldsRoot, 0);
    return this.firstDeadline(root) <= nowMs ? this.arena.load(root, ENTRY) : 0;
  }

  /** Removes up to `limit` expired fields, and calls `before` with each first; returns how many were removed. */
  purge(
    database: FieldsIndex,
    root: Address,
    nowMs: number,
    limit: number,
    before: (field: ByteRange) => void,
  ): number {
    let removed = 0;
    while (removed < limit && this.firstDeadline(root) <= nowMs) {
      const element = this.#byDeadline.at(this.arena.load(root, TREE), 0);
      before(this.dict.field(element));
      this.remove(database, root, element);
      removed++;
    }
    return removed;
  }

  /** Frees a hash that is in no database's tree, a few fields at a time; yields how many. */
  *dismantle(root: Address): Generator<number, void> {
    yield* this.#byDeadline.dismantle(this.arena.load(root, TREE), () => {});
    yield* this.dict.dismantle(this.dictRoot(root));
    this.arena.free(root);
  }

  /** Frees a database's tree of hashes, but not the hashes. */
  destroyIndex(fieldsRoot: Address): void {
    if (fieldsRoot !== 0) this.#hashes.destroy(fieldsRoot);
  }

  /** Every block of a database's tree of hashes, for the checker. */
  *indexBlocks(fieldsRoot: Address): Generator<Address> {
    if (fieldsRoot !== 0) yield* this.#hashes.blocks(fieldsRoot);
  }

  /** Every block of a hash besides its entry, for the checker. */
  *allBlocks(root: Address): Generator<Address> {
    yield root;
    yield* this.#byDeadline.blocks(this.arena.load(root, TREE));
    yield* this.dict.allBlocks(this.dictRoot(root));
  }
}
