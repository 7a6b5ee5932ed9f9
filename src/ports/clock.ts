/**
 * Time as a port: whoever needs the time or a timer is given a clock, so that a test can supply its own.
 *
 * @module
 */

/** A timer that can be cancelled. */
export interface Timer {
  /** Stops it; nothing happens if it has fired already. */
  cancel(): void;
}

/** The source of time. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Microseconds since 1970. */
  nowMicroseconds(): number;
  /** Milliseconds, with fractions, that never go back. Only differences between two readings mean something. */
  monotonicMs(): number;
  /** Calls `run` once, `delayMs` from now. */
  after(delayMs: number, run: () => void): Timer;
  /** Blocks this thread for `delayMs` (DEBUG SLEEP). */
  sleep(delayMs: number): void;
}

/** A clock that can be stopped and moved, for tests. */
export interface MovableClock extends Clock {
  /** Whether it is stopped. */
  readonly isFrozen: boolean;
  /** Stops it, if it runs. */
  freeze(): void;
  /** Lets it go on from the time that it shows. */
  resume(): void;
  /** Stops it and sets the time of day, in milliseconds since 1970. */
  set(nowMs: number): void;
  /** Stops it and moves it on; resolves when all that is due has run and its replies are out. */
  advance(duration: { readonly milliseconds: number }): Promise<void>;
  /** Calls `run` whenever everything has run that is due, so that replies go out; returns what ends that. */
  onSettled(run: () => void): () => void;
}

/** Whether a clock can be moved. */
export function isMovable(clock: Clock): clock is MovableClock {
  return "onSettled" in clock;
}
