/**
 * Freeing that may take long, in steps.
 *
 * @module
 */

/** Frees blocks; yields from time to time how many elements it has freed since the last yield. */
export type FreeingSteps = Generator<number, void>;
