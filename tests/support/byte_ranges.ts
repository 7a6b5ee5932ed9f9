/**
 * Ranges of bytes for tests, from texts and back.
 *
 * @module
 */
import { type ByteRange, fromLatin1, latin1 } from "../../src/lib/bytes.ts";

const AROUND = "\xee\xff\xee";

/** A range that holds a text, a byte for each character, with other bytes before and behind it. */
export function rangeOf(text: string): ByteRange {
  return {
    bytes: fromLatin1(AROUND + text + AROUND),
    start: AROUND.length,
    length: text.length,
  };
}

/** The text in a range. */
export function textOf({ bytes, start, length }: ByteRange): string {
  return latin1(bytes, start, length);
}
