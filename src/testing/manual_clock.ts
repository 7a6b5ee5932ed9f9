/**
 * A clock that stands still until a test advances it, so that timers run when the test says so.
 *
 * @module
 */
import type { Clock, Timer } from "../ports/clock.ts";
import { type Duration, millisecondsOf } from "../platform/test_clock.ts";

interface Waiting {
  readonly atMs: number;
  readonly run: () => void;
}

/** Time under the control of a test. */
export class ManualClock implements Clock {
  #nowMs: number;
  readonly #waiting = new Set<Waiting>();

  /** A clock that shows `startMs`, in milliseconds since 1970. */
  constructor(startMs: number = Date.UTC(2024, 0, 1)) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  nowMicroseconds(): number {
    return this.#nowMs * 1000;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): Timer {
    if (delayMs <= 0) {
      // A delay of 0 means "soon", and needs no time to pass.
      const id = setTimeout(run, 0);
      return { cancel: () => clearTimeout(id) };
    }
    const waiting = { atMs: this.#nowMs + delayMs, run };
    this.#waiting.add(waiting);
    return { cancel: () => this.#waiting.delete(waiting) };
  }

  sleep(delayMs: number): void {
    this.#nowMs += delayMs;
  }

  /** Advances the time. Every timer that falls due runs, in order, each at its own time. */
  advance(duration: Duration): void {
    const endMs = this.#nowMs + millisecondsOf(duration);
    for (;;) {
      let next: Waiting | undefined;
      for (const waiting of this.#waiting) {
        if (waiting.atMs <= endMs && (next === undefined || waiting.atMs < next.atMs)) {
          next = waiting;
        }
      }
      if (next === undefined) break;
      this.#waiting.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.run();
    }
    this.#nowMs = Math.max(this.#nowMs, endMs);
  }
}
