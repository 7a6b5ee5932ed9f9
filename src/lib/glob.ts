/**
 * Redis's glob patterns over bytes: `*`, `?`, `[abc]`, `[^a-z]`, and `\` before a byte that stands for itself.
 *
 * @module
 */

const STAR = 0x2a;
const QUESTION = 0x3f;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const CARET = 0x5e;
const BACKSLASH = 0x5c;
const HYPHEN = 0x2d;

/** Redis 7.2 gives up on patterns with more stars than this, not counting a star at the end. */
const MAX_STARS = 1000;

function fold(byte: number, ignoreCase: boolean): number {
  return ignoreCase && byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte;
}

/**
 * Whether all of `text` from `start` matches the pattern. Time grows with the product of both lengths at worst, however many stars
 * there are: on a mismatch only the last star can take another byte, since an earlier one could gain nothing by it.
 */
export function matchesGlob(
  pattern: Uint8Array,
  text: Uint8Array,
  start = 0,
  length: number = text.length - start,
  ignoreCase = false,
): boolean {
  // In Redis 7.2 a star needs a byte to begin at, even one that it leaves to the rest of the pattern. The empty text has none.
  if (length === 0) return pattern.length === 0;
  const end = start + length;
  let p = 0;
  let t = start;
  let starP = -1;
  let starT = 0;
  let stars = 0;
  for (;;) {
    if (p < pattern.length && pattern[p] === STAR) {
      while (p < pattern.length && pattern[p] === STAR) p++;
      starP = p;
      starT = t;
      if (p === pattern.length) return true;
      if (++stars > MAX_STARS) return false;
    }
    if (t === end) return p === pattern.length;
    if (p < pattern.length) {
      const after = matchOne(pattern, p, text[t], ignoreCase);
      if (after > 0) {
        p = after;
        t++;
        continue;
      }
    }
    if (starP < 0) return false;
    p = starP;
    t = ++starT;
  }
}

/** Whether the pattern matches every text. */
export function matchesAll(pattern: Uint8Array): boolean {
  return pattern.length === 1 && pattern[0] === STAR;
}

/** The index behind the pattern's element at `p` if it matches the byte, else 0. */
function matchOne(pattern: Uint8Array, p: number, byte: number, ignoreCase: boolean): number {
  switch (pattern[p]) {
    case QUESTION:
      return p + 1;
    case OPEN:
      return matchClass(pattern, p + 1, byte, ignoreCase);
    case BACKSLASH:
      if (p + 1 < pattern.length) p++;
      break;
  }
  return fold(pattern[p], ignoreCase) === fold(byte, ignoreCase) ? p + 1 : 0;
}

function matchClass(
  pattern: Uint8Array,
  p: number,
  byte: number,
  ignoreCase: boolean,
): number {
  const folded = fold(byte, ignoreCase);
  const isNegated = pattern[p] === CARET;
  if (isNegated) p++;
  let isMatch = false;
  // A class that is never closed ends with the pattern.
  for (; p < pattern.length && pattern[p] !== CLOSE; p++) {
    if (pattern[p] === BACKSLASH && p + 1 < pattern.length) {
      p++;
      if (pattern[p] === byte) isMatch = true;
    } else if (p + 2 < pattern.length && pattern[p + 1] === HYPHEN) {
      const first = fold(pattern[p], ignoreCase);
      const last = fold(pattern[p + 2], ignoreCase);
      p += 2;
      if (folded >= Math.min(first, last) && folded <= Math.max(first, last)) isMatch = true;
    } else if (fold(pattern[p], ignoreCase) === folded) {
      isMatch = true;
    }
  }
  if (isMatch === isNegated) return 0;
  return Math.min(p + 1, pattern.length);
}
