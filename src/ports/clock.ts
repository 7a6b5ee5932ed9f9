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
