/**
 * HyperLogLogs: they estimate how many different elements there were, with a standard error of 0.81 %, in 12 KB. The layout is Redis's,
 * byte for byte.
 *
 *     "HYLL" | u8 encoding (0 dense, 1 sparse) | 3 unused | u64 cached count (top bit: it is out of date) | registers
 *
 *     dense    16,384 registers of 6 bits, lowest bits first
 *     sparse   00llllll            l + 1 registers are 0                 (ZERO)
 *              01llllll llllllll   l + 1 registers are 0                 (XZERO)
 *              1vvvvvll            l + 1 registers are v + 1             (VAL)
 *
 * An element's hash chooses a register (14 bits). The register becomes the number of zeros that follow in the hash, plus one, unless it is
 * already larger. The estimate is Ertl's ("New cardinality estimation algorithms for HyperLogLog sketches", 2017).
 *
 * @module
 */
import type { ByteRange } from "../lib/bytes.ts";
import { hash64, murmurHash64 } from "../lib/murmurhash64.ts";

/** Number of registers. */
export const REGISTERS = 16384;
const INDEX_BITS = 14;
/** Bits of the hash behind the index; a register holds at most one more. */
const PATTERN_BITS = 50;
const REGISTER_MASK = 63;

const HEADER_BYTES = 16;
const MAGIC = [0x48, 0x59, 0x4c, 0x4c];
const ENCODING_OFFSET = 4;
const CACHE_OFFSET = 8;
const STALE_BYTE = 15;
const STALE_BIT = 0x80;
const DENSE = 0;
const SPARSE = 1;
/** Length of a dense HyperLogLog. */
export const DENSE_BYTES: number = HEADER_BYTES + REGISTERS * 6 / 8;

const MAX_ZERO = 64;
const MAX_VALUE = 32;
const MAX_VALUE_RUN = 4;
/** Most opcodes that a change of one register can touch. */
const MERGE_SCAN = 5;
const SEED = 0xadc83b19;
const ALPHA = 0.721347520444481703680;

/** Whether a string is a HyperLogLog, as far as its header tells. */
export function isHyperLogLog({ bytes, start, length }: ByteRange): boolean {
  return length >= HEADER_BYTES && MAGIC.every((byte, i) => bytes[start + i] === byte) &&
    bytes[start + ENCODING_OFFSET] <= SPARSE &&
    (bytes[start + ENCODING_OFFSET] !== DENSE || length === DENSE_BYTES);
}

/** Whether a HyperLogLog is dense. */
export function isDense({ bytes, start }: ByteRange): boolean {
  return bytes[start + ENCODING_OFFSET] === DENSE;
}

/** A HyperLogLog that has seen no element. */
export function emptyHyperLogLog(): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER_BYTES + 2);
  bytes.set(MAGIC);
  bytes[ENCODING_OFFSET] = SPARSE;
  writeZeros(bytes, HEADER_BYTES, REGISTERS);
  return bytes;
}

/** What {@link locate} found: the register that an element belongs to, and the value that the element gives it. */
export const located = { register: 0, value: 0 };

/** Finds an element's register and value; leaves them in {@link located}. */
export function locate({ bytes, start, length }: ByteRange): void {
  murmurHash64(bytes, start, length, SEED);
  located.register = hash64.low & REGISTERS - 1;
  // Counts zeros from the lowest bit behind the index on. A bit past the end is set, so that the count stops.
  const low = (hash64.low >>> INDEX_BITS | hash64.high << 32 - INDEX_BITS) >>> 0;
  if (low !== 0) located.value = trailingZeros(low) + 1;
  else located.value = 32 + trailingZeros(hash64.high >>> INDEX_BITS | 1 << PATTERN_BITS - 32) + 1;
}

const trailingZeros = (word: number) => 31 - Math.clz32(word & -word);

/** The cached count, or undefined if it is out of date. Rounded beyond 2^53. */
export function cachedCount({ bytes, start }: ByteRange): number | undefined {
  if ((bytes[start + STALE_BYTE] & STALE_BIT) !== 0) return undefined;
  let count = 0;
  for (let i = 7; i >= 0; i--) count = count * 256 + bytes[start + CACHE_OFFSET + i];
  return count;
}

/** Stores the count that {@link cachedCount} returns. */
export function cacheCount({ bytes, start }: ByteRange, count: number): void {
  let rest = count;
  for (let i = 0; i < 8; i++) {
    bytes[start + CACHE_OFFSET + i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
}

/** Marks the cached count as out of date. */
export function invalidateCount({ bytes, start }: ByteRange): void {
  bytes[start + STALE_BYTE] |= STALE_BIT;
}

/** The value of a register of a dense HyperLogLog. */
export function denseRegister({ bytes, start }: ByteRange, register: number): number {
  const at = start + HEADER_BYTES + (register * 6 >> 3);
  const shift = register * 6 & 7;
  return (bytes[at] >> shift | (shift > 2 ? bytes[at + 1] << 8 - shift : 0)) & REGISTER_MASK;
}

/** Raises a register of a dense HyperLogLog to a value; returns false if it was already as large. */
export function raiseDense(range: ByteRange, register: number, value: number): boolean {
  if (denseRegister(range, register) >= value) return false;
  const { bytes, start } = range;
  const at = start + HEADER_BYTES + (register * 6 >> 3);
  const shift = register * 6 & 7;
  bytes[at] = bytes[at] & ~(REGISTER_MASK << shift) | value << shift;
  if (shift > 2) {
    bytes[at + 1] = bytes[at + 1] & ~(REGISTER_MASK >> 8 - shift) | value >> 8 - shift;
  }
  return true;
}

/**
 * Visits the runs of a sparse HyperLogLog, each with its first register, its length and its value. False if they do not add up to
 * {@link REGISTERS}.
 */
function forEachRun(
  { bytes, start, length }: ByteRange,
  visit: (first: number, count: number, value: number) => void,
): boolean {
  let first = 0;
  for (let at = start + HEADER_BYTES; at < start + length; at += opcodeBytes(bytes, at)) {
    const count = runLength(bytes, at);
    if (first + count > REGISTERS) return false;
    visit(first, count, isValue(bytes, at) ? valueOf(bytes, at) : 0);
    first += count;
  }
  return first === REGISTERS;
}

/** Raises the registers in `registers` to those of a HyperLogLog; false if it is damaged. */
export function mergeRegisters(registers: Uint8Array, range: ByteRange): boolean {
  if (isDense(range)) {
    for (let i = 0; i < REGISTERS; i++) {
      const value = denseRegister(range, i);
      if (value > registers[i]) registers[i] = value;
    }
    return true;
  }
  return forEachRun(range, (first, count, value) => {
    for (let i = first; i < first + count; i++) {
      if (value > registers[i]) registers[i] = value;
    }
  });
}

/** The same HyperLogLog, dense, in memory of its own; undefined if it is damaged. */
export function toDense(range: ByteRange): Uint8Array<ArrayBuffer> | undefined {
  const bytes = new Uint8Array(DENSE_BYTES);
  bytes.set(range.bytes.subarray(range.start, range.start + HEADER_BYTES));
  bytes[ENCODING_OFFSET] = DENSE;
  const dense = { bytes, start: 0, length: DENSE_BYTES };
  const isSound = forEachRun(range, (first, count, value) => {
    if (value === 0) return;
    for (let i = first; i < first + count; i++) raiseDense(dense, i, value);
  });
  return isSound ? bytes : undefined;
}

/** Estimates how many different elements the registers have seen. */
export function estimate(registers: Uint8Array): number {
  const histogram = new Array<number>(REGISTER_MASK + 1).fill(0);
  for (const value of registers) histogram[value]++;
  let z = REGISTERS * tau((REGISTERS - histogram[PATTERN_BITS + 1]) / REGISTERS);
  for (let j = PATTERN_BITS; j >= 1; j--) z = (z + histogram[j]) * 0.5;
  z += REGISTERS * sigma(histogram[0] / REGISTERS);
  return Math.round(ALPHA * REGISTERS * REGISTERS / z);
}

function tau(share: number): number {
  if (share === 0 || share === 1) return 0;
  let [x, y, z, before] = [share, 1, 1 - share, NaN];
  while (before !== z) {
    x = Math.sqrt(x);
    before = z;
    y *= 0.5;
    z -= (1 - x) ** 2 * y;
  }
  return z / 3;
}

function sigma(share: number): number {
  if (share === 1) return Infinity;
  let [x, y, z, before] = [share, 1, share, NaN];
  while (before !== z) {
    x *= x;
    before = z;
    z += x * y;
    y += y;
  }
  return z;
}

/** What {@link SparseHyperLogLog.raise} did. */
export type Raised =
  | "unchanged"
  | "changed"
  /** It changed nothing: the sparse form cannot hold the value, or would be too long. */
  | "too much"
  /** It changed nothing: the registers make no sense. */
  | "damaged";

/** A sparse HyperLogLog in memory of its own, where it can be changed. */
export class SparseHyperLogLog {
  #bytes = new Uint8Array(DENSE_BYTES);
  #length = 0;

  /** The bytes as they are now. */
  get range(): ByteRange {
    return { bytes: this.#bytes, start: 0, length: this.#length };
  }

  /** Copies a sparse HyperLogLog. */
  load({ bytes, start, length }: ByteRange): void {
    if (length + MERGE_SCAN > this.#bytes.length) this.#bytes = new Uint8Array(length * 2);
    this.#bytes.set(bytes.subarray(start, start + length));
    this.#length = length;
  }

  /** Raises a register to a value. The result is no longer than `maxBytes`, unless it was longer before. */
  raise(register: number, value: number, maxBytes: number): Raised {
    const bytes = this.#bytes;
    if (value > MAX_VALUE) return "too much";
    let at = HEADER_BYTES;
    let before = HEADER_BYTES;
    let first = 0;
    while (at < this.#length && register >= first + runLength(bytes, at)) {
      first += runLength(bytes, at);
      before = at;
      at += opcodeBytes(bytes, at);
    }
    if (at >= this.#length) return "damaged";
    const count = runLength(bytes, at);
    const old = isValue(bytes, at) ? valueOf(bytes, at) : 0;
    if (old >= value) return "unchanged";
    if (count === 1 && opcodeBytes(bytes, at) === 1) writeValue(bytes, at, value, 1);
    else {
      const parts = split(old, register - first, value, first + count - 1 - register);
      const change = parts.length - opcodeBytes(bytes, at);
      if (change > 0 && this.#length + change > maxBytes) return "too much";
      const next = at + opcodeBytes(bytes, at);
      this.#makeRoom(change);
      this.#bytes.copyWithin(next + change, next, this.#length);
      this.#bytes.set(parts, at);
      this.#length += change;
    }
    this.#mergeValues(before);
    invalidateCount(this.range);
    return "changed";
  }

  #makeRoom(change: number): void {
    if (this.#length + change <= this.#bytes.length) return;
    const bytes = new Uint8Array(this.#bytes.length * 2);
    bytes.set(this.#bytes);
    this.#bytes = bytes;
  }

  /** Joins neighbouring runs of the same value among the few opcodes that a change can have touched. */
  #mergeValues(from: number): void {
    const bytes = this.#bytes;
    let at = from;
    for (let left = MERGE_SCAN; at < this.#length && left > 0; left--) {
      const next = at + 1;
      const canMerge = isValue(bytes, at) && next < this.#length && isValue(bytes, next) &&
        valueOf(bytes, at) === valueOf(bytes, next) &&
        runLength(bytes, at) + runLength(bytes, next) <= MAX_VALUE_RUN;
      if (!canMerge) {
        at += opcodeBytes(bytes, at);
        continue;
      }
      writeValue(bytes, next, valueOf(bytes, at), runLength(bytes, at) + runLength(bytes, next));
      bytes.copyWithin(at, next, this.#length);
      this.#length--;
    }
  }
}

/** The opcodes of a sparse HyperLogLog as text, for PFDEBUG DECODE. */
export function describeSparse(range: ByteRange): string {
  const words: string[] = [];
  const { bytes, start, length } = range;
  for (let at = start + HEADER_BYTES; at < start + length; at += opcodeBytes(bytes, at)) {
    const count = runLength(bytes, at);
    if (isValue(bytes, at)) words.push(`v:${valueOf(bytes, at)},${count}`);
    else words.push(`${opcodeBytes(bytes, at) === 2 ? "Z" : "z"}:${count}`);
  }
  return words.join(" ");
}

/** The opcodes for a run in which one register gets another value. */
function split(old: number, countBefore: number, value: number, countBehind: number): Uint8Array {
  const parts = new Uint8Array(5);
  const writeOld = (at: number, count: number) => {
    if (count === 0) return at;
    return old === 0 ? writeZeros(parts, at, count) : writeValue(parts, at, old, count);
  };
  let at = writeOld(0, countBefore);
  at = writeValue(parts, at, value, 1);
  return parts.subarray(0, writeOld(at, countBehind));
}

const isValue = (bytes: Uint8Array, at: number) => (bytes[at] & 0x80) !== 0;
const valueOf = (bytes: Uint8Array, at: number) => (bytes[at] >> 2 & 0x1f) + 1;
const opcodeBytes = (bytes: Uint8Array, at: number) => (bytes[at] & 0xc0) === 0x40 ? 2 : 1;

function runLength(bytes: Uint8Array, at: number): number {
  const opcode = bytes[at];
  if ((opcode & 0x80) !== 0) return (opcode & 3) + 1;
  return (opcode & 0x40) === 0 ? opcode + 1 : ((opcode & 0x3f) << 8 | bytes[at + 1]) + 1;
}

function writeValue(bytes: Uint8Array, at: number, value: number, count: number): number {
  bytes[at] = 0x80 | value - 1 << 2 | count - 1;
  return at + 1;
}

function writeZeros(bytes: Uint8Array, at: number, count: number): number {
  if (count <= MAX_ZERO) {
    bytes[at] = count - 1;
    return at + 1;
  }
  bytes[at] = 0x40 | count - 1 >> 8;
  bytes[at + 1] = count - 1;
  return at + 2;
}
