/**
 * Moving and comparing bytes, and turning them into text and back.
 *
 * @module
 */

import { copyWords, sameWords } from "./words.ts";

/** From this many bytes on a call of `set` is faster than copying words. */
const WORDS_LIMIT = 200;

/** A range of bytes that somebody else owns; objects of this shape are reused, so take what you need at once. */
export interface ByteRange {
  /** Where the bytes are. */
  bytes: Uint8Array;
  start: number;
  length: number;
}

/** A copy of a range, in memory of its own. */
export function copyRange({ bytes, start, length }: ByteRange): ByteRange {
  return { bytes: bytes.slice(start, start + length), start: 0, length };
}

/** Copies `length` bytes; the ranges must not overlap. */
export function copyBytes(
  from: Uint8Array,
  start: number,
  to: Uint8Array,
  at: number,
  length: number,
): void {
  if (length < 8) {
    for (let i = 0; i < length; i++) to[at + i] = from[start + i];
  } else if (length < WORDS_LIMIT) {
    copyWords(from, start, to, at, length);
  } else {
    to.set(from.subarray(start, start + length), at);
  }
}

/** Whether two ranges of the same length hold the same bytes. */
export function sameBytes(
  a: Uint8Array,
  aStart: number,
  b: Uint8Array,
  bStart: number,
  length: number,
): boolean {
  if (length >= 4) return sameWords(a, aStart, b, bStart, length);
  for (let i = 0; i < length; i++) if (a[aStart + i] !== b[bStart + i]) return false;
  return true;
}

/** Below zero if the first range comes before the second in the order of bytes, above zero if behind, zero if they are the same. */
export function compareBytes(
  a: Uint8Array,
  aStart: number,
  aLength: number,
  b: Uint8Array,
  bStart: number,
  bLength: number,
): number {
  const common = Math.min(aLength, bLength);
  for (let i = 0; i < common; i++) {
    const difference = a[aStart + i] - b[bStart + i];
    if (difference !== 0) return difference;
  }
  return aLength - bLength;
}

/** The bytes as text, each byte one character (U+0000 to U+00FF): loses nothing, is not UTF-8. */
export function latin1(bytes: Uint8Array, start: number, length: number): string {
  let text = "";
  for (let at = start; at < start + length; at += 4096) {
    text += String.fromCharCode(...bytes.subarray(at, Math.min(at + 4096, start + length)));
  }
  return text;
}

/** The bytes of a text whose characters are all below U+0100. */
export function fromLatin1(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

const encoder = new TextEncoder();

/** The UTF-8 bytes of a text. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/** Puts the letters A to Z of a text, a character for each byte, in lower case. `toLowerCase` would change other bytes too. */
export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/**
 * Whether a text, a character for each byte, holds what C calls white space. `\s` would match the byte A0 too, which is part of many
 * letters in UTF-8.
 */
export function hasSpace(text: string): boolean {
  return /[\t-\r ]/.test(text);
}

/** A line, a character for each byte, without spaces, tabs and line ends around it. `trim` would remove the byte A0 as well. */
export function trimLine(line: string): string {
  return line.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "");
}

/** Whether the text spells `word`, as {@link spells} says it of bytes. */
export function isWord(text: string, word: string): boolean {
  return cText(text).toUpperCase() === word;
}

/** The text as a C program sees it: a NUL character is its end. */
export function cText(text: string): string {
  const end = text.indexOf("\0");
  return end < 0 ? text : text.slice(0, end);
}

/** Whether the bytes spell `word`, an upper-case ASCII word, in any case. As in C, a NUL byte is the end whatever follows it. */
export function spells(bytes: Uint8Array, start: number, length: number, word: string): boolean {
  const size = word.length;
  if (length !== size && (length < size || bytes[start + size] !== 0)) return false;
  for (let i = 0; i < size; i++) {
    const byte = bytes[start + i];
    const upper = byte >= 0x61 && byte <= 0x7a ? byte - 32 : byte;
    if (upper !== word.charCodeAt(i)) return false;
  }
  return true;
}

const HEX_PAIRS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Bytes as hexadecimal digits, two for each. */
export function hexText(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i++) text += HEX_PAIRS[bytes[i]];
  return text;
}
