/**
 * The sizes that small blocks come in, and how many pages one span of each holds.
 *
 * Up to 256 bytes there is a class for every multiple of 8. Above, each doubling is cut into eight steps, and every class is 8 bytes larger
 * than a round number: most of what is stored there is a power of two plus a small header (a 1,024-byte hash segment), and would otherwise
 * waste an eighth of its block. Rounding up costs at most 1/8 of a block, on average 1/16.
 *
 * @module
 */

/** Bytes in one allocation unit; addresses count units. */
export const UNIT_BYTES = 8;
/** Bytes in a page, the grain of spans and large blocks. */
export const PAGE_BYTES = 4096;
/** Units in a page. */
export const PAGE_UNITS: number = PAGE_BYTES / UNIT_BYTES;

const SMALLEST_UNITS = 2;
const LINEAR_UNITS = 32;
const LAST_DOUBLING = 1024;
const STEPS = 8;

const unitsOfClass: number[] = [];
for (let units = SMALLEST_UNITS; units <= LINEAR_UNITS; units++) unitsOfClass.push(units);
unitsOfClass.push(LINEAR_UNITS + 1);
for (let base = LINEAR_UNITS; base <= LAST_DOUBLING; base *= 2) {
  for (let step = 1; step <= STEPS; step++) unitsOfClass.push(base + (base / STEPS) * step + 1);
}

/** How many size classes there are. */
export const CLASS_COUNT: number = unitsOfClass.length;
/** Size of a block of each class, in units. */
export const CLASS_UNITS: Uint16Array<ArrayBuffer> = Uint16Array.from(unitsOfClass);
/** The largest size, in units, that is served from a span; anything larger takes whole pages. */
export const MAX_SMALL_UNITS: number = unitsOfClass[CLASS_COUNT - 1];

/** For a number of units, the class that serves a block of this size: an index into {@link CLASS_UNITS}. */
export const CLASS_OF_UNITS: Uint8Array<ArrayBuffer> = new Uint8Array(MAX_SMALL_UNITS + 1);
for (let units = 1, sizeClass = 0; units <= MAX_SMALL_UNITS; units++) {
  if (units > unitsOfClass[sizeClass]) sizeClass++;
  CLASS_OF_UNITS[units] = sizeClass;
}

/** Pages in a span of each class: the number from 8 to 24 that wastes the smallest share. */
export const SPAN_PAGES: Uint8Array<ArrayBuffer> = Uint8Array.from(unitsOfClass, (units) => {
  let best = 8;
  let bestWaste = 1;
  for (let pages = 8; pages <= 24; pages++) {
    const waste = (pages * PAGE_UNITS) % units / (pages * PAGE_UNITS);
    if (waste < bestWaste - 0.005) [best, bestWaste] = [pages, waste];
  }
  return best;
});

/** Blocks in a span of each class. */
export const SPAN_BLOCKS: Uint16Array<ArrayBuffer> = Uint16Array.from(
  unitsOfClass,
  (units, sizeClass) => Math.floor(SPAN_PAGES[sizeClass] * PAGE_UNITS / units),
);
