/**
 * The clock of a server under test: real time, which a test can stop, move on and let go again.
 *
 * While it is stopped, nothing falls due but what the test moves it to. A timer runs at its own time, in the order of the times, so a run
 * with the same steps is the same run.
 *
 * @module
 */
import type { Clock, MovableClock, Timer } from "../ports/clock.ts";

/** A span of time. */
export interface Duration {
  readonly milliseconds?: number;
  readonly seconds?: number;
  readonly minutes?: number;
  readonly hours?: number;
  readonly days?: number;
}

const HOUR_MS = 3_600_000;
/** In how many steps a span of more than an hour is taken. */
const MOST_STEPS = 36_000;

/** A span of time in milliseconds. */
export function millisecondsOf(duration: Duration): number {
  const { days = 0, hours = 0, minutes = 0, seconds = 0, milliseconds = 0 } = duration;
  return milliseconds + 1000 * (seconds + 60 * (minutes + 60 * (hours + 24 * days)));
}

/** A timer of the server's. */
interface Waiting {
  /** When it is due, by the monotonic clock. */
  readonly atMs: number;
  readonly run: () => void;
  /** The timer of the real clock; undefined while the clock is stopped. */
  timer: Timer | undefined;
}

/** A clock that can be stopped. */
export class TestClock implements MovableClock {
  /** How far the time of day is ahead of the real one, in milliseconds; and the same of the monotonic clock. */
  #aheadMs = 0;
  #monotonicAheadMs = 0;
  /** What the two clocks show while it is stopped. */
  #stopped: { nowMs: number; monotonicMs: number } | undefined;
  readonly #waiting = new Set<Waiting>();
  /** How many timers without a delay have not run yet. */
  #soonCount = 0;

  readonly #onSettled = new Set<() => void>();

  constructor(private readonly real: Clock) {}

  /** Whether it is stopped. */
  get isFrozen(): boolean {
    return this.#stopped !== undefined;
  }

  now(): number {
    return this.#stopped?.nowMs ?? this.real.now() + this.#aheadMs;
  }

  nowMicroseconds(): number {
    return this.#stopped === undefined
      ? this.real.nowMicroseconds() + this.#aheadMs * 1000
      : this.#stopped.nowMs * 1000;
  }

  monotonicMs(): number {
    return this.#stopped?.monotonicMs ?? this.real.monotonicMs() + this.#monotonicAheadMs;
  }

  after(delayMs: number, run: () => void): Timer {
    if (delayMs <= 0) return this.#soon(run);
    const waiting: Waiting = { atMs: this.monotonicMs() + delayMs, run, timer: undefined };
    this.#waiting.add(waiting);
    if (this.#stopped === undefined) this.#arm(waiting);
    return {
      cancel: () => {
        this.#waiting.delete(waiting);
        waiting.timer?.cancel();
      },
    };
  }

  sleep(delayMs: number): void {
    if (this.#stopped === undefined) return this.real.sleep(delayMs);
    this.#stopped.nowMs += delayMs;
    this.#stopped.monotonicMs += delayMs;
  }

  /** Stops the clock, if it runs. */
  freeze(): void {
    this.#stopped ??= { nowMs: this.now(), monotonicMs: this.monotonicMs() };
    for (const waiting of this.#waiting) {
      waiting.timer?.cancel();
      waiting.timer = undefined;
    }
  }

  /** Lets the clock go on from the time that it shows. */
  resume(): void {
    if (this.#stopped === undefined) return;
    this.#aheadMs = this.#stopped.nowMs - this.real.now();
    this.#monotonicAheadMs = this.#stopped.monotonicMs - this.real.monotonicMs();
    this.#stopped = undefined;
    for (const waiting of this.#waiting) this.#arm(waiting);
  }

  /**
   * Stops the clock and moves it on. Every timer that falls due runs, in order, each at its own time; if the span is longer than an hour, at
   * most a 36,000th of it late, because the housekeeping sets a timer ten times a second. Resolves when all that is due has run and its
   * replies are out.
   */
  async advance(duration: Duration): Promise<void> {
    this.freeze();
    const stopped = this.#stopped!;
    const spanMs = millisecondsOf(duration);
    const endMs = stopped.monotonicMs + spanMs;
    const leastStepMs = spanMs > HOUR_MS ? spanMs / MOST_STEPS : 0;
    await this.#settle();
    for (let next = this.#nextBy(endMs); next !== undefined; next = this.#nextBy(endMs)) {
      this.#waiting.delete(next);
      if (next.atMs > stopped.monotonicMs) {
        this.#moveTo(Math.min(endMs, Math.max(next.atMs, stopped.monotonicMs + leastStepMs)));
      }
      next.run();
      // To settle takes longer than most timers do, so it is left out where nothing is under way.
      if (this.#soonCount > 0) await this.#settle();
      else await undefined;
    }
    this.#moveTo(endMs);
    await this.#settle();
  }

  /**
   * Stops the clock and sets the time of day, in milliseconds since 1970, forward or back, as somebody sets the clock of a machine: no timer
   * runs because of it, but what has a deadline in the past has expired.
   */
  set(nowMs: number): void {
    this.freeze();
    this.#stopped!.nowMs = nowMs;
  }

  onSettled(run: () => void): () => void {
    this.#onSettled.add(run);
    return () => this.#onSettled.delete(run);
  }

  /** Resolves when everything has run that needs no time, and its replies are out. */
  async #settle(): Promise<void> {
    // Timers without a delay may set further ones.
    for (let turn = 0; turn < 2; turn++) {
      await new Promise<void>((resolve) => this.real.after(0, resolve));
    }
    for (const run of this.#onSettled) run();
  }

  /** A timer without a delay needs no time to pass, so the real clock has it. */
  #soon(run: () => void): Timer {
    let isOver = false;
    const end = () => {
      if (!isOver) this.#soonCount--;
      isOver = true;
    };
    this.#soonCount++;
    const timer = this.real.after(0, () => {
      end();
      run();
    });
    return {
      cancel: () => {
        end();
        timer.cancel();
      },
    };
  }

  #arm(waiting: Waiting): void {
    const delayMs = Math.max(0, waiting.atMs - this.monotonicMs());
    waiting.timer = this.real.after(delayMs, () => {
      this.#waiting.delete(waiting);
      waiting.run();
    });
  }

  #moveTo(monotonicMs: number): void {
    const stopped = this.#stopped!;
    const stepMs = Math.max(0, monotonicMs - stopped.monotonicMs);
    stopped.monotonicMs += stepMs;
    stopped.nowMs += stepMs;
  }

  /** The timer that is due first, of those that are due by then. Of two that are due together, the one that was set first. */
  #nextBy(endMs: number): Waiting | undefined {
    let next: Waiting | undefined;
    for (const waiting of this.#waiting) {
      if (waiting.atMs <= endMs && (next === undefined || waiting.atMs < next.atMs)) next = waiting;
    }
    return next;
  }
}
