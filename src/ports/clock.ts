/**
 * Time as a port: whoever needs the time or a timer gets a clock, so that a test can hold it in its hands.
 *
 * @module
 */

/** A timer that can be called off. */
export interface Timer {
  /** Stops it; nothing happens if it has fired already. */
  cancel(): void;
}

/** Where the time comes from. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Microseconds since 1970. */
  nowMicroseconds(): number;
  /** Milliseconds that never go back, with fractions; only differences mean something. */
  monotonicMs(): number;
  /** Calls `run` once, `delayMs` from now. */
  after(delayMs: number, run: () => void): Timer;
  /** Stands still for so long, and everything with it (DEBUG SLEEP). */
  sleep(delayMs: number): void;
}
