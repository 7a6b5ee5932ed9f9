/**
 * Property tests: a rule that must hold whatever chance brings. Trials begin with size 0 and grow, so that empty and one-element cases come
 * first; a failure is looked for once more at every smaller size before it is told, with what runs it again.
 *
 * @module
 */
import { AssertionError } from "@std/assert";
import { SeededRandom } from "../../src/lib/random.ts";
import { effort } from "./effort.ts";

const SEEDS_PER_SIZE = 20;
const TOLD_STEPS = 12;

/** How many trials of a rule there are, and the size of the last one; or the one trial that is to be run again. */
export type Trials =
  | { readonly trials: number; readonly size: number }
  | { readonly seed: number; readonly size: number };

/** Random choices for one trial. */
export class Chance extends SeededRandom {
  /** Names of the steps that {@link run} has taken. */
  readonly steps: string[] = [];

  /** `size` says how much is to happen: steps, elements, bytes. */
  constructor(readonly seed: number, readonly size: number) {
    super(seed);
  }

  /** A whole number, both limits included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** True once in `n` times. */
  oneIn(n: number): boolean {
    return this.below(n) === 0;
  }

  /** One of these. */
  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)];
  }

  /** Up to `longest` things. */
  list<T>(longest: number, make: () => T): T[] {
    return Array.from({ length: this.below(longest + 1) }, make);
  }

  /** Up to `longest` characters of an alphabet. */
  text(longest: number, alphabet: string): string {
    return this.list(longest, () => alphabet[this.below(alphabet.length)]).join("");
  }

  /** Up to `longest` bytes, a character for each. */
  binary(longest: number): string {
    return this.list(longest, () => String.fromCharCode(this.below(256))).join("");
  }

  /** A signed integer of up to 64 bits; every width is as likely, and so are the limits of each. */
  int64(): bigint {
    const magnitude = 1n << BigInt(this.below(64));
    const offset = this.oneIn(2) ? BigInt(this.between(-1, 1)) : BigInt(this.below(2 ** 53));
    return BigInt.asIntN(64, (this.oneIn(2) ? magnitude : -magnitude) + offset % magnitude);
  }

  /** The same things in another order. */
  shuffled<T>(things: Iterable<T>): T[] {
    const shuffled = [...things];
    for (let i = shuffled.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [shuffled[i], shuffled[j]] = [shuffled[j], shuffled[i]];
    }
    return shuffled;
  }

  /** Takes {@link size} steps, each one of these; one that is named `2 push` or so is as likely as two others. */
  run(actions: Readonly<Record<string, () => void>>): void {
    const names = Object.keys(actions)
      .flatMap((name) => new Array<string>(Number.parseInt(name) || 1).fill(name));
    for (let step = 0; step < this.size; step++) {
      const name = this.pick(names);
      this.steps.push(name);
      actions[name]();
    }
  }
}

/** Registers a test that tries a rule; it may throw anything to say that it is broken. FUZZ multiplies the trials. */
export function property(name: string, trials: Trials, rule: (chance: Chance) => void): void {
  Deno.test(name, () => {
    if ("seed" in trials) return rule(new Chance(trials.seed, trials.size));
    const count = trials.trials * effort;
    for (let trial = 0; trial < count; trial++) {
      const size = Math.round(trials.size * trial / Math.max(1, count - 1));
      const failure = attempt(rule, trial + count * 1000, size);
      if (failure !== undefined) throw smallest(rule, failure).error;
    }
  });
}

interface Failure {
  readonly size: number;
  readonly error: AssertionError;
}

function attempt(
  rule: (chance: Chance) => void,
  seed: number,
  size: number,
): Failure | undefined {
  const chance = new Chance(seed, size);
  try {
    rule(chance);
    return undefined;
  } catch (cause) {
    const { steps } = chance;
    const reason = cause instanceof Error ? cause.stack ?? cause.message : String(cause);
    const told = steps.slice(-TOLD_STEPS).join(", ");
    const after = steps.length === 0 ? "" : `, after ${steps.length} steps: ... ${told}`;
    const message = `{ seed: ${seed}, size: ${size} }${after}\n${reason}`;
    return { size, error: new AssertionError(message) };
  }
}

function smallest(rule: (chance: Chance) => void, found: Failure): Failure {
  for (let size = 0; size < found.size; size++) {
    for (let seed = 0; seed < SEEDS_PER_SIZE; seed++) {
      const failure = attempt(rule, seed, size);
      if (failure !== undefined) return failure;
    }
  }
  return found;
}
