/**
 * The system's clock: the only place that asks the system for the time or for a timer.
 *
 * @module
 */
import type { Clock, Timer } from "../ports/clock.ts";

/** Real time. */
export class SystemClock implements Clock {
  now(): number {
    return Date.now();
  }

  nowMicroseconds(): number {
    return Math.floor((performance.timeOrigin + performance.now()) * 1000);
  }

  monotonicMs(): number {
    return performance.now();
  }

  after(delayMs: number, run: () => void): Timer {
    // A delay of 0 uses setTimeout too, because Deno does not look for input before it runs a setImmediate (tests/bench/yields.ts).
    const id = setTimeout(run, delayMs);
    return { cancel: () => clearTimeout(id) };
  }

  sleep(delayMs: number): void {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, delayMs);
  }
}
