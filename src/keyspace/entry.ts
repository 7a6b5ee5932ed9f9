/**
 * One key with its value: a single block of the arena.
 *
 *     word 0   u4 type | u4 encoding | u24 access clock (LRU seconds, or LFU minutes and counter)
 *     word 1   u20 value length | u9 key length | u1 has a TTL | u1 is long | u1 unused
 *     [TTL     f64 deadline, milliseconds since 1970 | u32 index in the database's volatile keys | u32 unused]
 *     [long    u32 key length | u32 value length]       when either does not fit word 1
 *     key bytes, value bytes
 *
 * The value of a string is its bytes; other types keep a listpack, or the address of their structure, in the same place. A 16-byte
 * key with a 64-byte value takes 88 bytes, and 13 more in the dict.
 *
 * @module
 */
import type { Arena } from "../arena/arena.ts";
import { type Address, VIEW_MASK, VIEW_SHIFT } from "../arena/memory.ts";
import { Dict } from "../encodings/dict.ts";
import { type ByteRange, sameBytes } from "../lib/bytes.ts";
import { breaks, CHECKS_INVARIANTS } from "../lib/invariant.ts";
import { ValueType } from "./value_type.ts";

/** How a string came to be; OBJECT ENCODING depends on it. */
export const StringEncoding = {
  /** Written as a whole; its bytes decide whether it is int, embstr or raw. */
  Plain: 0,
  /** Changed in place (APPEND, SETRANGE, SETBIT): always raw. */
  Raw: 1,
  /** Written as text (INCRBYFLOAT): embstr or raw, though it may look like an integer. */
  Text: 2,
} as const;

/** Length of a value that is the address of a structure. */
export const ROOT_BYTES = 4;

const HEADER_BYTES = 8;
const TTL_BYTES = 16;
const LONG_BYTES = 8;
const TTL_BIT = 1 << 29;
const LONG_BIT = 1 << 30;
const MAX_SHORT_KEY = 0x1ff;
const MAX_SHORT_VALUE = 0xfffff;
const KEY_SHIFT = 20;
const CLOCK_SHIFT = 8;
/** The unit that holds the TTL's deadline, and the word that holds its index. */
const DEADLINE_UNIT = 1;
const VOLATILE_WORD = 4;

/** A constant of this module, since V8 folds those (see `lib/invariant.ts`). */
const CHECKS = CHECKS_INVARIANTS;
const TYPES: ReadonlySet<number> = new Set(Object.values(ValueType));

/** Reads and writes the fields of entries. */
export class Entries {
  readonly #range: ByteRange = { bytes: new Uint8Array(0), start: 0, length: 0 };

  constructor(readonly arena: Arena) {}

  /** Bytes of an entry, before rounding up to a size class. */
  static bytes(keyLength: number, valueLength: number, hasTtl: boolean): number {
    const isLong = keyLength > MAX_SHORT_KEY || valueLength > MAX_SHORT_VALUE;
    return HEADER_BYTES + (hasTtl ? TTL_BYTES : 0) + (isLong ? LONG_BYTES : 0) + keyLength +
      valueLength;
  }

  /** Writes an entry's header. The caller then writes the key's bytes through {@link key}, and the TTL through {@link setDeadline}. */
  writeHeader(
    entry: Address,
    kind: number,
    clock: number,
    keyLength: number,
    valueLength: number,
    hasTtl: boolean,
  ): void {
    const words = this.arena.u32[entry >>> VIEW_SHIFT];
    const base = (entry & VIEW_MASK) << 1;
    words[base] = kind | clock << CLOCK_SHIFT;
    const ttl = hasTtl ? TTL_BIT : 0;
    if (keyLength > MAX_SHORT_KEY || valueLength > MAX_SHORT_VALUE) {
      words[base + 1] = ttl | LONG_BIT;
      const at = base + (hasTtl ? 6 : 2);
      words[at] = keyLength;
      words[at + 1] = valueLength;
    } else {
      words[base + 1] = ttl | keyLength << KEY_SHIFT | valueLength;
    }
  }

  /** Index of the entry's first key byte in its view. */
  keyStart(entry: Address): number {
    return keyStartOf(entry, this.arena.load(entry, 1));
  }

  /** Length of the entry's key. */
  keyLength(entry: Address): number {
    const lengths = this.arena.load(entry, 1);
    if ((lengths & LONG_BIT) === 0) return lengths >>> KEY_SHIFT & MAX_SHORT_KEY;
    return this.arena.load(entry, (lengths & TTL_BIT) === 0 ? 2 : 6);
  }

  /** Length of the entry's value. */
  valueLength(entry: Address): number {
    const lengths = this.arena.load(entry, 1);
    if ((lengths & LONG_BIT) === 0) return lengths & MAX_SHORT_VALUE;
    return this.arena.load(entry, (lengths & TTL_BIT) === 0 ? 3 : 7);
  }

  /** Changes the value's length. The block must be large enough, and the entry must not change between the short and the long form. */
  setValueLength(entry: Address, length: number): void {
    const lengths = this.arena.load(entry, 1);
    if (CHECKS && Entries.needsLong(this.keyLength(entry), length) !== this.isLong(entry)) {
      breaks("an entry", `a length of ${length} has another form`);
    }
    if ((lengths & LONG_BIT) === 0) {
      this.arena.store(entry, 1, lengths & ~MAX_SHORT_VALUE | length);
    } else {
      this.arena.store(entry, (lengths & TTL_BIT) === 0 ? 3 : 7, length);
    }
  }

  /** Whether the value's length stands in the long form. */
  isLong(entry: Address): boolean {
    return (this.arena.load(entry, 1) & LONG_BIT) !== 0;
  }

  /** Whether the lengths need the long form. */
  static needsLong(keyLength: number, valueLength: number): boolean {
    return keyLength > MAX_SHORT_KEY || valueLength > MAX_SHORT_VALUE;
  }

  /** The value's bytes, in the arena: valid until the next allocation, in an object that the next call reuses. */
  value(entry: Address): ByteRange {
    if (CHECKS) this.#checkEntry(entry);
    const range = this.#range;
    const lengths = this.arena.load(entry, 1);
    const keyStart = keyStartOf(entry, lengths);
    range.bytes = this.arena.u8[entry >>> VIEW_SHIFT];
    if ((lengths & LONG_BIT) === 0) {
      range.start = keyStart + (lengths >>> KEY_SHIFT & MAX_SHORT_KEY);
      range.length = lengths & MAX_SHORT_VALUE;
    } else {
      const word = (lengths & TTL_BIT) === 0 ? 2 : 6;
      range.start = keyStart + this.arena.load(entry, word);
      range.length = this.arena.load(entry, word + 1);
    }
    return range;
  }

  /** Address of the structure that a value consists of, for encodings that have one: a u32, little-endian. */
  root(entry: Address): Address {
    const { bytes, start, length } = this.value(entry);
    if (CHECKS && length !== ROOT_BYTES) {
      breaks("an entry", `its value is no root: ${length} bytes`);
    }
    return (bytes[start] | bytes[start + 1] << 8 | bytes[start + 2] << 16 |
      bytes[start + 3] << 24) >>> 0;
  }

  /** Sets {@link root}; the value must be {@link ROOT_BYTES} long. */
  setRoot(entry: Address, root: Address): void {
    const { bytes, start } = this.value(entry);
    for (let i = 0; i < ROOT_BYTES; i++) bytes[start + i] = root >>> 8 * i;
  }

  /** The key's bytes, under the same conditions as {@link value}. */
  key(entry: Address): ByteRange {
    const range = this.#range;
    range.bytes = this.arena.u8[entry >>> VIEW_SHIFT];
    range.start = this.keyStart(entry);
    range.length = this.keyLength(entry);
    return range;
  }

  /** The entry's type. */
  type(entry: Address): ValueType {
    if (CHECKS) this.#checkEntry(entry);
    return (this.arena.load(entry, 0) & 0xf) as ValueType;
  }

  /** Type and encoding in one byte, as {@link writeHeader} takes them. */
  kind(entry: Address): number {
    return this.arena.load(entry, 0) & 0xff;
  }

  /** The type's encoding. */
  encoding(entry: Address): number {
    return this.arena.load(entry, 0) >>> 4 & 0xf;
  }

  /** Changes the encoding. */
  setEncoding(entry: Address, encoding: number): void {
    this.arena.store(entry, 0, this.arena.load(entry, 0) & ~0xf0 | encoding << 4);
  }

  /** The 24-bit access clock. */
  clock(entry: Address): number {
    return this.arena.load(entry, 0) >>> CLOCK_SHIFT;
  }

  /** Sets the access clock. */
  setClock(entry: Address, clock: number): void {
    const word = this.arena.load(entry, 0);
    if (word >>> CLOCK_SHIFT !== clock) {
      this.arena.store(entry, 0, word & 0xff | clock << CLOCK_SHIFT);
    }
  }

  /** Whether the entry has a TTL. */
  hasTtl(entry: Address): boolean {
    return (this.arena.load(entry, 1) & TTL_BIT) !== 0;
  }

  /** The deadline of an entry that has a TTL, in milliseconds since 1970. */
  deadline(entry: Address): number {
    if (CHECKS && !this.hasTtl(entry)) breaks("an entry", "it has no deadline");
    return this.arena.loadDouble(entry, DEADLINE_UNIT);
  }

  /** Sets the deadline of an entry that has a TTL. */
  setDeadline(entry: Address, deadlineMs: number): void {
    if (CHECKS && !this.hasTtl(entry)) breaks("an entry", "it has no place for a deadline");
    this.arena.storeDouble(entry, DEADLINE_UNIT, deadlineMs);
  }

  /** Index of the entry in its database's vector of keys with a TTL; it must have one. */
  volatileIndex(entry: Address): number {
    return this.arena.load(entry, VOLATILE_WORD);
  }

  /** Sets {@link volatileIndex}. */
  setVolatileIndex(entry: Address, index: number): void {
    this.arena.store(entry, VOLATILE_WORD, index);
  }

  /** Checks that an entry has a type, and a key and a value that fit its block. */
  #checkEntry(entry: Address): void {
    const type = this.arena.load(entry, 0) & 0xf;
    if (!TYPES.has(type)) breaks("an entry", `${type} is no type`);
    const bytes = Entries.bytes(this.keyLength(entry), this.valueLength(entry), this.hasTtl(entry));
    const size = this.arena.sizeOf(entry);
    if (bytes > size) breaks("an entry", `${bytes} bytes are more than its block of ${size} has`);
  }
}

/** The dict of a database: its elements are entries, found by key. */
export class KeyDict extends Dict {
  constructor(private readonly entries: Entries) {
    super(entries.arena);
  }

  protected override matches(
    entry: Address,
    bytes: Uint8Array,
    start: number,
    length: number,
  ): boolean {
    const { arena, entries } = this;
    const lengths = arena.load(entry, 1);
    const keyLength = (lengths & LONG_BIT) === 0
      ? lengths >>> KEY_SHIFT & MAX_SHORT_KEY
      : entries.keyLength(entry);
    if (keyLength !== length) return false;
    const keyStart = keyStartOf(entry, lengths);
    return sameBytes(arena.u8[entry >>> VIEW_SHIFT], keyStart, bytes, start, length);
  }
}

/** Index of an entry's first key byte in its view; `lengths` is the entry's word 1. */
function keyStartOf(entry: Address, lengths: number): number {
  return (entry & VIEW_MASK) * 8 + HEADER_BYTES +
    ((lengths & TTL_BIT) === 0 ? 0 : TTL_BYTES) +
    ((lengths & LONG_BIT) === 0 ? 0 : LONG_BYTES);
}
