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
const MAX_POSITION = 2 ** 30;
const MAX_MATCH = 264;
const HASH_BITS = 13;
/** The longest string: a block of the arena holds no more. */
const MAX_SIZE = 2 ** 30;

/**
 * For each hash of three bytes, the position where such bytes were last seen. Positions count on through all strings that were ever
 * compressed, so those of earlier strings lie too far back to matter, and nothing has to be cleared.
 */
const seen = new Int32Array(1 << HASH_BITS).fill(-MAX_DISTANCE - 1);
/** The position at which the present string begins. */
let base = 0;
/** The result; the next call uses it again. */
let out = new Uint8Array(4096);

/**
 * Compresses `length` bytes; returns undefined unless the result is at least four bytes shorter. The next call uses the memory of the
 * result again.
 */
export function compress(
  bytes: Uint8Array,
  start: number,
  length: number,
): Uint8Array<ArrayBuffer> | undefined {
  const limit = length - 4;
  if (limit <= 0) return undefined;
  if (out.length < limit) out = new Uint8Array(Math.max(limit, out.length * 2));
  if (base + length > MAX_POSITION) {
    base = 0;
    seen.fill(-MAX_DISTANCE - 1);
  }
  // Add it to an index in `bytes` to get a position.
  const offset = base - start;
  base += length + MAX_DISTANCE;
  const target = out;
  const end = start + length;
  const lastTriple = end - MIN_MATCH;
  let at = start;
  let literals = start;
  let to = 0;
  while (at <= lastTriple) {
    const triple = bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16;
    const slot = Math.imul(triple, 0x9e3779b1) >>> 32 - HASH_BITS;
    const distance = at + offset - seen[slot];
    const found = at - distance;
    seen[slot] = at + offset;
    const isMatch = distance <= MAX_DISTANCE &&
      bytes[found] === bytes[at] && bytes[found + 1] === bytes[at + 1] &&
      bytes[found + 2] === bytes[at + 2];
    if (!isMatch) {
      at++;
      continue;
    }
    const longest = Math.min(MAX_MATCH, end - at);
    let matched = MIN_MATCH;
    while (matched < longest && bytes[found + matched] === bytes[at + matched]) matched++;
    to = writeLiterals(bytes, literals, at, target, to, limit);
    if (to < 0 || to + 3 > limit) return undefined;
    const back = distance - 1;
    if (matched < 9) target[to++] = matched - 2 << 5 | back >> 8;
    else {
      target[to++] = 7 << 5 | back >> 8;
      target[to++] = matched - 9;
    }
    target[to++] = back;
    at += matched;
    literals = at;
  }
  to = writeLiterals(bytes, literals, end, target, to, limit);
  return to < 0 ? undefined : target.subarray(0, to);
}

/** Writes bytes uncompressed; returns the index behind them, or -1 if that would be beyond `limit`. */
function writeLiterals(
  bytes: Uint8Array,
  from: number,
  end: number,
  target: Uint8Array,
  to: number,
  limit: number,
): number {
  while (from < end) {
    const count = Math.min(MAX_LITERALS, end - from);
    if (to + 1 + count > limit) return -1;
    target[to++] = count - 1;
    for (const last = from + count; from < last;) target[to++] = bytes[from++];
  }
  return to;
}

/** Whether `length` bytes can decompress to `size` at all: three bytes of input give 264 of output at most. */
export function mayDecompressTo(length: number, size: number): boolean {
  return size <= length * MAX_MATCH / 3 + MAX_LITERALS && size <= MAX_SIZE;
}

/** Decompresses to exactly `size` bytes from index `to` of `target` on; false if the input does not give that. */
export function decompress(
  bytes: Uint8Array,
  start: number,
  length: number,
  target: Uint8Array,
  to: number,
  size: number,
): boolean {
  const first = to;
  const last = to + size;
  const end = start + length;
  let at = start;
  while (at < end) {
    const control = bytes[at++];
    if (control < MAX_LITERALS) {
      const count = control + 1;
      if (at + count > end || to + count > last) return false;
      for (let i = 0; i < count; i++) target[to++] = bytes[at++];
      continue;
    }
    let count = control >> 5;
    if (count === 7) count += at < end ? bytes[at++] : 0;
    if (at >= end) return false;
    let from = to - ((control & 0x1f) << 8 | bytes[at++]) - 1;
    if (from < first || to + count + 2 > last) return false;
    // Copies byte by byte, because it may read what it has just written.
    for (let i = 0; i < count + 2; i++) target[to++] = target[from++];
  }
  return to === last;
}
