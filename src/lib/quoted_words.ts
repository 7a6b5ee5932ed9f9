/**
 * Splits a line into words the way Redis 7.2 does for inline commands and redis.conf: words between spaces, "double quotes" with the
 * escapes \n \r \t \b \a \\ \" and \xHH, 'single quotes' with \' only.
 *
 * @module
 */

/** The bytes that may stand before a word and behind a closing quote. */
const SPACE = new Set([0x20, 0x09, 0x0a, 0x0b, 0x0c, 0x0d]);
/** The bytes that end a word without quotes. Redis 7.2 takes the vertical tab and the form feed as parts of the word. */
const SEPARATOR = new Set([0x20, 0x09, 0x0a, 0x0d]);
const ESCAPES: Readonly<Record<number, number>> = {
  0x6e: 0x0a, // \n
  0x72: 0x0d, // \r
  0x74: 0x09, // \t
  0x62: 0x08, // \b
  0x61: 0x07, // \a
};
const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const BACKSLASH = 0x5c;

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : -1;
}

/** The words of the line, which ends at a zero byte if it has one; undefined if quotes are not closed or something follows a closing quote directly. */
export function splitWords(line: Uint8Array): Uint8Array<ArrayBuffer>[] | undefined {
  const words: Uint8Array<ArrayBuffer>[] = [];
  const word = new Uint8Array(line.length);
  let at = 0;
  for (;;) {
    while (at < line.length && SPACE.has(line[at])) at++;
    if (at === line.length || line[at] === 0) return words;
    let length = 0;
    let quote = 0;
    for (;; at++) {
      const byte = at < line.length ? line[at] : 0;
      if (quote !== 0) {
        if (byte === 0) return undefined;
        if (quote === QUOTE && byte === BACKSLASH && line[at + 1] === 0x78) {
          const high = hexDigit(line[at + 2]);
          const low = hexDigit(line[at + 3]);
          if (high >= 0 && low >= 0) {
            word[length++] = high << 4 | low;
            at += 3;
            continue;
          }
        }
        const isEscape = byte === BACKSLASH && at + 1 < line.length && line[at + 1] !== 0;
        if (quote === QUOTE && isEscape) {
          at++;
          word[length++] = ESCAPES[line[at]] ?? line[at];
        } else if (quote === APOSTROPHE && byte === BACKSLASH && line[at + 1] === APOSTROPHE) {
          at++;
          word[length++] = APOSTROPHE;
        } else if (byte === quote) {
          const after = at + 1 < line.length ? line[at + 1] : 0;
          if (after !== 0 && !SPACE.has(after)) return undefined;
          at++;
          break;
        } else {
          word[length++] = byte;
        }
      } else if (byte === 0 || SEPARATOR.has(byte)) {
        break;
      } else if (byte === QUOTE || byte === APOSTROPHE) {
        quote = byte;
      } else {
        word[length++] = byte;
      }
    }
    words.push(word.slice(0, length));
  }
}

/** The bytes in double quotes, with escapes for all that is not plain ASCII: {@link splitWords} gives them back. */
export function quote(bytes: Uint8Array): string {
  let text = '"';
  for (const byte of bytes) {
    if (byte === BACKSLASH || byte === QUOTE) text += `\\${String.fromCharCode(byte)}`;
    else if (byte >= 0x20 && byte < 0x7f) text += String.fromCharCode(byte);
    else {
      const letter = Object.entries(ESCAPES).find(([, value]) => value === byte)?.[0];
      text += letter === undefined
        ? `\\x${byte.toString(16).padStart(2, "0")}`
        : `\\${String.fromCharCode(Number(letter))}`;
    }
  }
  return text + '"';
}
