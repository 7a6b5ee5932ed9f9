/**
 * Reads and writes bytes several at a time.
 *
 * A loop over bytes costs about 1.2 ns a byte. A loop over words of 64 bits through a `DataView` costs 0.2 to 0.3 ns a byte, and makes no
 * garbage once V8 has optimised it (`deno run tests/bench/words.ts` prints both). `lib/bytes.ts` handles what is small, and what is so
 * large that a call of the runtime is quicker, in other ways.
 *
 * Each array needs a `DataView`. Those of the four arrays that were used last are kept in variables: mostly the client's, the arena's and
 * the reply's. A weak map finds the others, which costs some 10 ns. A view is found by the identity of its array; when the arena grows, it
 * has a new array.
 *
 * @module
 */

const NONE = new Uint8Array(0);
const NO_VIEW: DataView = new DataView(NONE.buffer);

// Four pairs of an array and its view, in no order. They are variables, because an index into a list costs more than these comparisons.
let [array0, array1, array2, array3]: Uint8Array[] = [NONE, NONE, NONE, NONE];
let [view0, view1, view2, view3]: DataView[] = [NO_VIEW, NO_VIEW, NO_VIEW, NO_VIEW];
/** The number of the pair that was replaced last. */
let oldest = 0;
const views = new WeakMap<Uint8Array, DataView>();

/** A view of the whole array; valid as long as the array is. */
export function viewOf(bytes: Uint8Array): DataView {
  if (bytes === array0) return view0;
  if (bytes === array1) return view1;
  if (bytes === array2) return view2;
  if (bytes === array3) return view3;
  return take(bytes);
}

function take(bytes: Uint8Array): DataView {
  let view = views.get(bytes);
  if (view === undefined) {
    view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    views.set(bytes, view);
  }
  oldest = oldest + 1 & 3;
  if (oldest === 0) [array0, view0] = [bytes, view];
  else if (oldest === 1) [array1, view1] = [bytes, view];
  else if (oldest === 2) [array2, view2] = [bytes, view];
  else [array3, view3] = [bytes, view];
  return view;
}

/** Copies `length` bytes, at least 8; the ranges must not overlap. */
export function copyWords(
  from: Uint8Array,
  start: number,
  to: Uint8Array,
  at: number,
  length: number,
): void {
  const read = viewOf(from);
  const write = viewOf(to);
  const last = length - 8;
  for (let i = 0; i < last; i += 8) {
    write.setBigUint64(at + i, read.getBigUint64(start + i, true), true);
  }
  // The last word may overlap the one before it.
  write.setBigUint64(at + last, read.getBigUint64(start + last, true), true);
}

/**
 * Whether two ranges of the same length, at least 4 bytes, hold the same bytes. Words have 32 bits here, because V8 compares words of 64
 * bits slowly, as big integers.
 */
export function sameWords(
  a: Uint8Array,
  aStart: number,
  b: Uint8Array,
  bStart: number,
  length: number,
): boolean {
  const left = viewOf(a);
  const right = viewOf(b);
  const last = length - 4;
  for (let i = 0; i < last; i += 4) {
    if (left.getInt32(aStart + i, true) !== right.getInt32(bStart + i, true)) return false;
  }
  return left.getInt32(aStart + last, true) === right.getInt32(bStart + last, true);
}
