/**
 * The LZF format (LibLZF's), in which RDB keeps strings of more than 20 bytes.
 *
 *     000lllll                     l + 1 literal bytes follow
 *     lllooooo oooooooo            copy l + 2 bytes (l: 1 to 6) from o + 1 bytes back
 *     111ooooo llllllll oooooooo   copy l + 9 bytes from o + 1 bytes back
 *
 * @module
 */

const MAX_LITERALS = 32;
const MAX_DISTANCE = 8192;
const MIN_MATCH = 3;
const MAX_MATCH = 264;
const HASH_BITS = 13;
/** No string is longer: a block of the arena holds no more. */
const MAX_SIZE = 2 ** 30;

/** Where three bytes with a hash were seen last, plus one. */
const seen = new Int32Array(1 << HASH_BITS);

/** Compresses `length` bytes; returns undefined unless the result is at least four bytes shorter. */
export function compress(
  bytes: Uint8Array,
  start: number,
  length: number,
): Uint8Array<ArrayBuffer> | undefined {
  const limit = length - 4;
  if (limit <= 0) return undefined;
  const out = new Uint8Array(limit);
  seen.fill(0);
  const end = start + length;
  let at = start;
  let literals = start;
  let to = 0;

  /** Writes the literals up to the position; false if there is no room. */
  const flush = (): boolean => {
    while (literals < at) {
      const count = Math.min(MAX_LITERALS, at - literals);
      if (to + 1 + count > limit) return false;
      out[to++] = count - 1;
      for (let i = 0; i < count; i++) out[to++] = bytes[literals++];
    }
    return true;
  };

  while (at + MIN_MATCH <= end) {
    const triple = bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16;
    const slot = Math.imul(triple, 0x9e3779b1) >>> 32 - HASH_BITS;
    const found = start + seen[slot] - 1;
    seen[slot] = at - start + 1;
    const distance = at - found;
    const isMatch = found >= start && distance <= MAX_DISTANCE &&
      bytes[found] === bytes[at] && bytes[found + 1] === bytes[at + 1] &&
      bytes[found + 2] === bytes[at + 2];
    if (!isMatch) {
      at++;
      continue;
    }
    const longest = Math.min(MAX_MATCH, end - at);
    let matched = MIN_MATCH;
    while (matched < longest && bytes[found + matched] === bytes[at + matched]) matched++;
    if (!flush() || to + 3 > limit) return undefined;
    const back = distance - 1;
    if (matched < 9) out[to++] = matched - 2 << 5 | back >> 8;
    else {
      out[to++] = 7 << 5 | back >> 8;
      out[to++] = matched - 9;
    }
    out[to++] = back;
    at += matched;
    literals = at;
  }
  at = end;
  return flush() ? out.subarray(0, to) : undefined;
}

/** Decompresses to exactly `size` bytes; undefined if the input does not give that. */
export function decompress(
  bytes: Uint8Array,
  start: number,
  length: number,
  size: number,
): Uint8Array<ArrayBuffer> | undefined {
  // Three bytes of input give at most 264 of output: a size that cannot be is not allocated.
  if (size > length * MAX_MATCH / 3 + MAX_LITERALS || size > MAX_SIZE) return undefined;
  const out = new Uint8Array(size);
  const end = start + length;
  let at = start;
  let to = 0;
  while (at < end) {
    const control = bytes[at++];
    if (control < MAX_LITERALS) {
      const count = control + 1;
      if (at + count > end || to + count > size) return undefined;
      for (let i = 0; i < count; i++) out[to++] = bytes[at++];
      continue;
    }
    let count = control >> 5;
    if (count === 7) count += at < end ? bytes[at++] : 0;
    if (at >= end) return undefined;
    let from = to - ((control & 0x1f) << 8 | bytes[at++]) - 1;
    if (from < 0 || to + count + 2 > size) return undefined;
    // One byte after the other: the copy may read what it has written.
    for (let i = 0; i < count + 2; i++) out[to++] = out[from++];
  }
  return to === size ? out : undefined;
}
