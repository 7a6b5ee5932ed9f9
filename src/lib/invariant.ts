/**
 * Checks of what a structure in memory promises: free in production, on in tests.
 *
 * They are on if the program sets {@link SWITCH} on `globalThis` before it imports anything of the server. Each file that checks copies
 * {@link CHECKS_INVARIANTS} to a constant of its own, because V8 folds a constant of the same module, and the check with it, but loads an
 * imported one each time: a method of one line takes 5.4 ns either way, and 6.4 ns with the imported constant.
 *
 *     const CHECKS = CHECKS_INVARIANTS;
 *     if (CHECKS && index >= count) breaks("vector", `there is no element ${index}`);
 *
 * With them goes poison: memory that nobody may read any more is overwritten where it is given up, so whoever still reads it sees nonsense
 * at once, and not only when somebody else has used the memory.
 *
 * @module
 */

/** The property of `globalThis` that turns the checks on: a function that gets each error before it is thrown. */
export const SWITCH = "redenoOnBrokenInvariant";

type Listener = (error: InvariantError) => void;
const listener = (globalThis as { [SWITCH]?: Listener })[SWITCH];

/** Whether invariants are checked. */
export const CHECKS_INVARIANTS: boolean = listener !== undefined;

/** A byte that is no valid length, tag or count anywhere: as a word it is an address far beyond the memory. */
export const POISON = 0xdb;
/** Four such bytes. */
export const POISON_WORD = 0xdbdbdbdb;

/** Overwrites bytes that nobody may read any more. Call it only where {@link CHECKS_INVARIANTS} is set. */
export function poison(bytes: Uint8Array, start = 0, end: number = bytes.length): void {
  bytes.fill(POISON, start, end);
}

/** Thrown where a structure is not as it must be. That is a mistake in the server, never in a request. */
export class InvariantError extends Error {
  override name = "InvariantError";
}

/** Throws an {@link InvariantError} that names the structure and says what is wrong with it. */
export function breaks(structure: string, problem: string): never {
  const error = new InvariantError(`Broken invariant of ${structure}: ${problem}`);
  listener?.(error);
  throw error;
}
