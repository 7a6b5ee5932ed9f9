/**
 * Listpacks: small sequences of strings and integers in one piece of memory, byte for byte as Redis lays them out (the format is
 * described in "Listpack specification", github.com/antirez/listpack).
 *
 *     listpack   u32 bytes in all | u16 elements (65535: unknown) | elements | 0xff
 *     element    encoding and data | backlen: size of the element without the backlen itself, for walking backwards
 *
 *     0xxxxxxx             unsigned integer of 7 bits
 *     10xxxxxx             string, length of 6 bits
 *     110xxxxx + 1         signed integer of 13 bits
 *     1110xxxx + 1         string, length of 12 bits
 *     11110000 + 4         string, length of 32 bits, little-endian
 *     11110001 + 2, 11110010 + 3, 11110011 + 4, 11110100 + 8
 *                          signed integer of 16, 24, 32, 64 bits, little-endian
 *
 * A string that spells a 64-bit integer is stored as one. The functions here only read and write bytes: the caller owns the memory and
 * makes room. Finding an element takes O(bytes).
 *
 * @module
 */
import { type ByteRange, copyBytes, fromLatin1, sameBytes } from "../lib/bytes.ts";
import { parseBigInt64, parseInteger, writeInteger } from "../lib/integer.ts";
import { breaks, CHECKS_INVARIANTS } from "../lib/invariant.ts";

/** Bytes in front of the first element. */
export const LISTPACK_HEADER_BYTES = 6;
/** Size of a listpack without elements. */
export const EMPTY_LISTPACK_BYTES = 7;

const END = 0xff;
const MAX_KNOWN_COUNT = 0xffff;
const INTEGER_TEXT_BYTES = 20;

/** A constant of this module, since V8 folds those (see `lib/invariant.ts`). */
const CHECKS = CHECKS_INVARIANTS;

/** Digits of the integer that was read last. */
const digits = new Uint8Array(24);
const range: ByteRange = { bytes: digits, start: 0, length: 0 };

/** Writes an empty listpack. */
export function writeEmptyListpack(bytes: Uint8Array, start: number): void {
  writeHeader(bytes, start, EMPTY_LISTPACK_BYTES, 0);
  bytes[start + LISTPACK_HEADER_BYTES] = END;
}

/** Writes the size in bytes and the number of elements. The caller writes the end mark. */
export function writeHeader(bytes: Uint8Array, start: number, size: number, count: number): void {
  bytes[start] = size;
  bytes[start + 1] = size >>> 8;
  bytes[start + 2] = size >>> 16;
  bytes[start + 3] = size >>> 24;
  const known = Math.min(count, MAX_KNOWN_COUNT);
  bytes[start + 4] = known;
  bytes[start + 5] = known >>> 8;
}

/** Size of the listpack in bytes. */
export function listpackBytes(bytes: Uint8Array, start: number): number {
  return readUint32(bytes, start);
}

/** Number of elements. O(1) up to 65,534, else O(bytes). */
export function listpackCount(bytes: Uint8Array, start: number): number {
  const known = bytes[start + 4] | bytes[start + 5] << 8;
  if (known < MAX_KNOWN_COUNT) return known;
  let count = 0;
  for (let at = start + LISTPACK_HEADER_BYTES; bytes[at] !== END; at = nextElement(bytes, at)) {
    count++;
  }
  return count;
}

/** Whether `at` is the end of the listpack and not an element. */
export function isEnd(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === END;
}

/** Checks that a listpack ends where its header says, and has `count` elements at least. */
function checkListpack(bytes: Uint8Array, start: number, count: number): void {
  const size = listpackBytes(bytes, start);
  if (size < EMPTY_LISTPACK_BYTES || bytes[start + size - 1] !== END) {
    breaks("a listpack", `it does not end with byte ${size}`);
  }
  if (listpackCount(bytes, start) < count) {
    breaks("a listpack", `it has ${listpackCount(bytes, start)} elements, not ${count}`);
  }
}

/** Index of the element behind the one at `at`. */
export function nextElement(bytes: Uint8Array, at: number): number {
  const size = dataBytes(bytes, at);
  return at + size + backlenBytes(size);
}

/** Index of the element before `at`, which is an element or the end; undefined at the first. */
export function previousElement(bytes: Uint8Array, start: number, at: number): number | undefined {
  if (at === start + LISTPACK_HEADER_BYTES) return undefined;
  let size = 0;
  let backlen = 0;
  for (let shift = 1;; shift *= 128) {
    const byte = bytes[at - 1 - backlen++];
    size += (byte & 0x7f) * shift;
    if ((byte & 0x80) === 0) return at - backlen - size;
  }
}

/** Index of the element number `index`, which must be there, or of the end; negative numbers count from the end. O(elements passed). */
export function seekElement(bytes: Uint8Array, start: number, index: number): number {
  if (CHECKS) checkListpack(bytes, start, Math.abs(index));
  if (index >= 0) {
    let at = start + LISTPACK_HEADER_BYTES;
    for (let i = 0; i < index; i++) at = nextElement(bytes, at);
    return at;
  }
  let at = start + listpackBytes(bytes, start) - 1;
  for (let i = index; i < 0; i++) at = previousElement(bytes, start, at)!;
  return at;
}

/** Inserts a string at `at`. Behind the listpack there must be room for `size` bytes, the string's size as an element. */
export function insertElement(
  bytes: Uint8Array,
  start: number,
  at: number,
  other: ByteRange,
  size: number = elementBytes(other.bytes, other.start, other.length),
): void {
  if (CHECKS) checkListpack(bytes, start, 0);
  const length = listpackBytes(bytes, start);
  const count = listpackCount(bytes, start);
  // At the end only the end mark has to move.
  if (at === start + length - 1) bytes[at + size] = END;
  else bytes.copyWithin(at + size, at, start + length);
  writeElement(bytes, at, other.bytes, other.start, other.length);
  writeHeader(bytes, start, length + size, count + 1);
}

/** Adds a string behind the last element of a listpack of `length` bytes, with room for `size` bytes, the string's size as an element. */
export function appendElement(
  bytes: Uint8Array,
  start: number,
  length: number,
  other: ByteRange,
  size: number,
): void {
  if (CHECKS) checkListpack(bytes, start, 0);
  const end = start + length - 1;
  writeElement(bytes, end, other.bytes, other.start, other.length);
  bytes[end + size] = END;
  writeHeader(bytes, start, length + size, listpackCount(bytes, start) + 1);
}

/** Adds a string before the first element of a listpack, which then starts `size` bytes, the string's size as an element, earlier. */
export function prependElement(
  bytes: Uint8Array,
  start: number,
  length: number,
  other: ByteRange,
  size: number,
): void {
  if (CHECKS) checkListpack(bytes, start, 0);
  const count = listpackCount(bytes, start);
  const first = start - size;
  writeElement(bytes, first + LISTPACK_HEADER_BYTES, other.bytes, other.start, other.length);
  writeHeader(bytes, first, length + size, count + 1);
}

/** Removes the first element of a listpack, which must have one. It then starts later by as many bytes as this returns. */
export function popFirstElement(bytes: Uint8Array, start: number, length: number): number {
  if (CHECKS) checkListpack(bytes, start, 1);
  const count = listpackCount(bytes, start);
  const first = start + LISTPACK_HEADER_BYTES;
  const size = nextElement(bytes, first) - first;
  writeHeader(bytes, start + size, length - size, count - 1);
  return size;
}

/** Removes the last element of a listpack of `length` bytes, which must have one. */
export function popLastElement(bytes: Uint8Array, start: number, length: number): void {
  if (CHECKS) checkListpack(bytes, start, 1);
  const end = start + length - 1;
  const at = previousElement(bytes, start, end)!;
  bytes[at] = END;
  writeHeader(bytes, start, length - (end - at), listpackCount(bytes, start) - 1);
}

/** Removes the elements from `from` up to `to`, `count` of them. */
export function removeElements(
  bytes: Uint8Array,
  start: number,
  from: number,
  to: number,
  count: number,
): void {
  if (CHECKS) checkListpack(bytes, start, count);
  const length = listpackBytes(bytes, start);
  const left = listpackCount(bytes, start) - count;
  if (to === start + length - 1) bytes[from] = END;
  else bytes.copyWithin(from, to, start + length);
  writeHeader(bytes, start, length - (to - from), left);
}

/** The value of the element at `at`, integers as digits, in an object that the next call reuses. */
export function readElement(bytes: Uint8Array, at: number): ByteRange {
  const first = bytes[at];
  if ((first & 0x80) === 0) return integerRange(first);
  if ((first & 0xc0) === 0x80) return stringRange(bytes, at + 1, first & 0x3f);
  if ((first & 0xe0) === 0xc0) {
    return integerRange(((first & 0x1f) << 8 | bytes[at + 1]) << 19 >> 19);
  }
  if ((first & 0xf0) === 0xe0) {
    return stringRange(bytes, at + 2, (first & 0x0f) << 8 | bytes[at + 1]);
  }
  switch (first) {
    case 0xf0:
      return stringRange(bytes, at + 5, readUint32(bytes, at + 1));
    case 0xf1:
      return integerRange((bytes[at + 1] | bytes[at + 2] << 8) << 16 >> 16);
    case 0xf2:
      return integerRange((bytes[at + 1] | bytes[at + 2] << 8 | bytes[at + 3] << 16) << 8 >> 8);
    case 0xf3:
      return integerRange(readUint32(bytes, at + 1) | 0);
    default: {
      if (CHECKS && first !== 0xf4) breaks("a listpack", `no element begins with byte ${first}`);
      const low = BigInt(readUint32(bytes, at + 1));
      const text = (BigInt(readUint32(bytes, at + 5) | 0) << 32n | low).toString();
      digits.set(fromLatin1(text));
      return stringRange(digits, 0, text.length);
    }
  }
}

/** Whether the element at `at` is this string. */
export function elementEquals(
  bytes: Uint8Array,
  at: number,
  other: Uint8Array,
  start: number,
  length: number,
): boolean {
  const value = readElement(bytes, at);
  return value.length === length &&
    sameBytes(value.bytes, value.start, other, start, length);
}

/** Index of the first of every `step` elements that is this string, from the first element on; -1 if none is. */
export function findElement(
  bytes: Uint8Array,
  start: number,
  other: Uint8Array,
  otherStart: number,
  length: number,
  step: number,
): number {
  const integer = length <= INTEGER_TEXT_BYTES ? parseInteger(other, otherStart, length) : NaN;
  const isString = Number.isNaN(integer);
  if (isString && step === 1) return findString(bytes, start, other, otherStart, length);
  for (let at = start + LISTPACK_HEADER_BYTES; bytes[at] !== END;) {
    // Most elements need not be read: they are integers, or of another length.
    const isCandidate = stringLength(bytes, at) === length ||
      !isString && readNumber(bytes, at) === integer;
    if (isCandidate && elementEquals(bytes, at, other, otherStart, length)) return at;
    for (let i = 0; i < step; i++) at = nextElement(bytes, at);
  }
  return -1;
}

/**
 * {@link findElement} among all elements, for a string that spells no integer: it passes integers and strings of other lengths after a look
 * at one byte.
 */
function findString(
  bytes: Uint8Array,
  start: number,
  other: Uint8Array,
  otherStart: number,
  length: number,
): number {
  for (let at = start + LISTPACK_HEADER_BYTES;;) {
    const first = bytes[at];
    if ((first & 0xc0) === 0x80) {
      const found = first & 0x3f;
      if (found === length && sameBytes(bytes, at + 1, other, otherStart, length)) return at;
      at += found + 2;
    } else if (first < 0x80) at += 2;
    else if (first === END) return -1;
    else {
      const isCandidate = stringLength(bytes, at) === length;
      if (isCandidate && elementEquals(bytes, at, other, otherStart, length)) return at;
      at = nextElement(bytes, at);
    }
  }
}

/** Length of the string element at `at`; -1 if it is an integer. */
function stringLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at];
  if ((first & 0xc0) === 0x80) return first & 0x3f;
  if ((first & 0xf0) === 0xe0) return (first & 0x0f) << 8 | bytes[at + 1];
  return first === 0xf0 ? readUint32(bytes, at + 1) : -1;
}

/** Bytes that a string takes as an element. */
export function elementBytes(other: Uint8Array, start: number, length: number): number {
  const size = encodedBytes(other, start, length);
  return size + backlenBytes(size);
}

/** Writes a string as an element at `at`; returns the index behind it. */
export function writeElement(
  bytes: Uint8Array,
  at: number,
  other: Uint8Array,
  start: number,
  length: number,
): number {
  if (length > INTEGER_TEXT_BYTES && length < 64) {
    // The short way for short strings, which most strings are.
    bytes[at] = 0x80 | length;
    copyBytes(other, start, bytes, at + 1, length);
    bytes[at + 1 + length] = length + 1;
    return at + length + 2;
  }
  const integer = length <= INTEGER_TEXT_BYTES ? parseInteger(other, start, length) : NaN;
  if (Number.isNaN(integer)) return writeString(bytes, at, other, start, length);
  const size = integerBytes(integer);
  writeIntegerElement(bytes, at, size, integer, other, start, length);
  return writeBacklen(bytes, at + size, size);
}

function writeString(
  bytes: Uint8Array,
  at: number,
  other: Uint8Array,
  start: number,
  length: number,
): number {
  const size = stringBytes(length);
  if (size === length + 1) bytes[at] = 0x80 | length;
  else if (size === length + 2) {
    bytes[at] = 0xe0 | length >> 8;
    bytes[at + 1] = length;
  } else {
    bytes[at] = 0xf0;
    for (let i = 0; i < 4; i++) bytes[at + 1 + i] = length >>> 8 * i;
  }
  copyBytes(other, start, bytes, at + size - length, length);
  return writeBacklen(bytes, at + size, size);
}

/** Most bytes that an element takes beyond those of its string. */
export const LARGEST_OVERHEAD_BYTES = 10;

/** Most bytes that an integer takes as an element. */
export const LARGEST_INTEGER_BYTES = 10;

/** A signed 64-bit integer in two words. */
export interface Int64 {
  /** The upper word, signed. */
  high: number;
  /** The lower word, unsigned. */
  low: number;
}

/** The value of the integer element at `at`; rounded beyond 2^53. NaN if it is a string. */
export function readNumber(bytes: Uint8Array, at: number): number {
  const first = bytes[at];
  if ((first & 0x80) === 0) return first;
  if ((first & 0xe0) === 0xc0) return ((first & 0x1f) << 8 | bytes[at + 1]) << 19 >> 19;
  switch (first) {
    case 0xf1:
      return (bytes[at + 1] | bytes[at + 2] << 8) << 16 >> 16;
    case 0xf2:
      return (bytes[at + 1] | bytes[at + 2] << 8 | bytes[at + 3] << 16) << 8 >> 8;
    case 0xf3:
      return readUint32(bytes, at + 1) | 0;
    case 0xf4:
      return (readUint32(bytes, at + 5) | 0) * 2 ** 32 + readUint32(bytes, at + 1);
    default:
      return NaN;
  }
}

/** As {@link readNumber}, but exact. */
export function readInt64(bytes: Uint8Array, at: number, into: Int64): void {
  if (bytes[at] === 0xf4) {
    into.high = readUint32(bytes, at + 5) | 0;
    into.low = readUint32(bytes, at + 1);
  } else {
    const value = readNumber(bytes, at);
    into.high = value < 0 ? -1 : 0;
    into.low = value >>> 0;
  }
}

/** Writes an integer of at most 53 bits as an element at `at`; returns the index behind it. */
export function writeNumber(bytes: Uint8Array, at: number, value: number): number {
  if (value >= 0 && value < 128) {
    bytes[at] = value;
    bytes[at + 1] = 1;
    return at + 2;
  }
  const size = integerBytes(value);
  if (size < 9) writeSmallInteger(bytes, at, size, value);
  else writeWords(bytes, at, Math.floor(value / 2 ** 32), value >>> 0);
  return writeBacklen(bytes, at + size, size);
}

/** As {@link writeNumber}, for 64 bits. */
export function writeInt64(bytes: Uint8Array, at: number, { high, low }: Int64): number {
  const isSmall = high === 0 && low < 2 ** 31 || high === -1 && low >= 2 ** 31;
  if (isSmall) return writeNumber(bytes, at, low | 0);
  writeWords(bytes, at, high, low);
  return writeBacklen(bytes, at + 9, 9);
}

/** Replaces the element at `at` with an integer of at most 53 bits; behind the listpack there must be room for it. */
export function replaceWithNumber(
  bytes: Uint8Array,
  start: number,
  at: number,
  value: number,
): void {
  const size = integerBytes(value);
  const behind = nextElement(bytes, at);
  const change = size + backlenBytes(size) - (behind - at);
  if (change !== 0) {
    const length = listpackBytes(bytes, start);
    bytes.copyWithin(behind + change, behind, start + length);
    for (let i = 0; i < 4; i++) bytes[start + i] = length + change >>> 8 * i;
  }
  writeNumber(bytes, at, value);
}

/** Whether the bytes are a sound listpack: every element is whole, every backlen is right, and so are the count and the size. */
export function isListpackSound(bytes: Uint8Array, start: number, length: number): boolean {
  if (length < EMPTY_LISTPACK_BYTES || listpackBytes(bytes, start) !== length) return false;
  const end = start + length - 1;
  let count = 0;
  let at = start + LISTPACK_HEADER_BYTES;
  while (at < end && bytes[at] !== END) {
    if (bytes[at] > 0xf4) return false;
    const size = dataBytes(bytes, at);
    const next = at + size + backlenBytes(size);
    if (next > end || !isBacklen(bytes, at + size, size)) return false;
    at = next;
    count++;
  }
  const known = bytes[start + 4] | bytes[start + 5] << 8;
  return at === end && bytes[end] === END && (known === MAX_KNOWN_COUNT || known === count);
}

function readUint32(bytes: Uint8Array, at: number): number {
  return (bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 | bytes[at + 3] << 24) >>> 0;
}

function integerRange(value: number): ByteRange {
  return stringRange(digits, 0, writeInteger(digits, 0, value));
}

function stringRange(bytes: Uint8Array, start: number, length: number): ByteRange {
  range.bytes = bytes;
  range.start = start;
  range.length = length;
  return range;
}

/** Size of the element at `at` without its backlen. */
function dataBytes(bytes: Uint8Array, at: number): number {
  const first = bytes[at];
  if ((first & 0x80) === 0) return 1;
  if ((first & 0xc0) === 0x80) return 1 + (first & 0x3f);
  if ((first & 0xe0) === 0xc0) return 2;
  if ((first & 0xf0) === 0xe0) return 2 + ((first & 0x0f) << 8 | bytes[at + 1]);
  switch (first) {
    case 0xf0:
      return 5 + readUint32(bytes, at + 1);
    case 0xf1:
      return 3;
    case 0xf2:
      return 4;
    case 0xf3:
      return 5;
    default:
      return 9;
  }
}

/** Size of a string as an element, without the backlen. */
function encodedBytes(other: Uint8Array, start: number, length: number): number {
  const integer = length <= INTEGER_TEXT_BYTES ? parseInteger(other, start, length) : NaN;
  return Number.isNaN(integer) ? stringBytes(length) : integerBytes(integer);
}

/** Size of a string that spells no integer as an element, without the backlen. */
function stringBytes(length: number): number {
  return length + (length < 64 ? 1 : length < 4096 ? 2 : 5);
}

/** Size of an integer as an element, without the backlen. */
function integerBytes(integer: number): number {
  if (integer >= 0 && integer < 128) return 1;
  if (integer >= -4096 && integer < 4096) return 2;
  if (integer >= -(2 ** 15) && integer < 2 ** 15) return 3;
  if (integer >= -(2 ** 23) && integer < 2 ** 23) return 4;
  if (integer >= -(2 ** 31) && integer < 2 ** 31) return 5;
  return 9;
}

function writeIntegerElement(
  bytes: Uint8Array,
  at: number,
  size: number,
  integer: number,
  other: Uint8Array,
  start: number,
  length: number,
): void {
  if (size < 9) return writeSmallInteger(bytes, at, size, integer);
  const exact = parseBigInt64(other, start, length)!;
  writeWords(bytes, at, Number(exact >> 32n), Number(exact & 0xffffffffn));
}

/** Writes an integer of at most 32 bits in `size` bytes. */
function writeSmallInteger(bytes: Uint8Array, at: number, size: number, integer: number): void {
  if (size === 1) bytes[at] = integer;
  else if (size === 2) {
    bytes[at] = 0xc0 | integer >> 8 & 0x1f;
    bytes[at + 1] = integer;
  } else {
    bytes[at] = 0xf1 + (size - 3);
    for (let i = 1; i < size; i++) bytes[at + i] = integer >> 8 * (i - 1);
  }
}

/** Writes an integer of 64 bits, given by its two words. */
function writeWords(bytes: Uint8Array, at: number, high: number, low: number): void {
  bytes[at] = 0xf4;
  for (let i = 0; i < 4; i++) {
    bytes[at + 1 + i] = low >>> 8 * i;
    bytes[at + 5 + i] = high >> 8 * i;
  }
}

function backlenBytes(size: number): number {
  return size < 2 ** 7 ? 1 : size < 2 ** 14 ? 2 : size < 2 ** 21 ? 3 : size < 2 ** 28 ? 4 : 5;
}

/** Writes a backlen: groups of 7 bits, highest first, all but the first byte marked; read from its end. Returns the index behind it. */
function writeBacklen(bytes: Uint8Array, at: number, size: number): number {
  if (size < 2 ** 7) {
    bytes[at] = size;
    return at + 1;
  }
  const count = backlenBytes(size);
  for (let i = 0; i < count; i++) {
    const group = Math.floor(size / 2 ** (7 * (count - 1 - i))) & 0x7f;
    bytes[at + i] = i === 0 ? group : group | 0x80;
  }
  return at + count;
}

function isBacklen(bytes: Uint8Array, at: number, size: number): boolean {
  const count = backlenBytes(size);
  for (let i = 0; i < count; i++) {
    const group = Math.floor(size / 2 ** (7 * (count - 1 - i))) & 0x7f;
    if (bytes[at + i] !== (i === 0 ? group : group | 0x80)) return false;
  }
  return true;
}
