/**
 * Sorts only the part of a sequence that somebody is going to look at.
 *
 * A stable merge sort from the bottom up. A run that has become longer than what is wanted is cut, since the rest of it cannot be among the
 * first. So the first k of n items take O(n log k) in any order; all of them take O(n log n), or O(n) if they are in order. Rejected: a
 * quicksort that leaves parts out, as in Redis (quadratic for whoever knows its pivots).
 *
 * @module
 */

/** Length of the first runs, which are made by insertion. */
const FIRST_RUN = 8;

/**
 * The `count` items (all, if there are fewer) that come first, in order. `compare` is below zero if its first argument comes before the
 * second. The items themselves are reordered.
 */
export function sortFirst(
  items: Uint32Array<ArrayBuffer>,
  count: number,
  compare: (a: number, b: number) => number,
): Uint32Array<ArrayBuffer> {
  const total = items.length;
  const wanted = Math.max(0, Math.min(count, total));
  if (wanted === 0) return items.subarray(0, 0);
  for (let first = 0; first < total; first += FIRST_RUN) {
    insertionSort(items, first, Math.min(first + FIRST_RUN, total), compare);
  }
  let from = items;
  let to = new Uint32Array(total);
  for (let width = FIRST_RUN; width < total; width *= 2) {
    for (let first = 0; first < total; first += 2 * width) {
      const second = Math.min(first + width, total);
      const end = Math.min(second + width, total);
      const isInOrder = second < end && second - first <= wanted &&
        compare(from[second - 1], from[second]) <= 0;
      if (isInOrder) to.set(from.subarray(first, Math.min(end, first + wanted)), first);
      else merge(from, first, second, end, to, wanted, compare);
    }
    [from, to] = [to, from];
  }
  return from.subarray(0, wanted);
}

function insertionSort(
  items: Uint32Array<ArrayBuffer>,
  first: number,
  end: number,
  compare: (a: number, b: number) => number,
): void {
  for (let i = first + 1; i < end; i++) {
    const item = items[i];
    let at = i;
    while (at > first && compare(items[at - 1], item) > 0) {
      items[at] = items[at - 1];
      at--;
    }
    items[at] = item;
  }
}

/** Merges the runs that begin at `first` and `second` into one at `first`. Items behind the first `wanted` ones are dropped. */
function merge(
  from: Uint32Array<ArrayBuffer>,
  first: number,
  second: number,
  end: number,
  to: Uint32Array<ArrayBuffer>,
  wanted: number,
  compare: (a: number, b: number) => number,
): void {
  const firstEnd = Math.min(second, first + wanted);
  const secondEnd = Math.min(end, second + wanted);
  const stop = Math.min(end, first + wanted);
  let a = first;
  let b = second;
  for (let at = first; at < stop; at++) {
    const takesFirst = b === secondEnd || a < firstEnd && compare(from[a], from[b]) <= 0;
    to[at] = takesFirst ? from[a++] : from[b++];
  }
}

/** The numbers from 0 to `count - 1`, for sorting items by their numbers. */
export function indices(count: number): Uint32Array<ArrayBuffer> {
  const all = new Uint32Array(count);
  for (let i = 0; i < count; i++) all[i] = i;
  return all;
}
