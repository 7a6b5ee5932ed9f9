/**
 * How long commands run: for INFO commandstats, LATENCY and the slow log.
 *
 * Asking the runtime for the time costs about 100 ns (`deno run tests/bench/clocks.ts` prints it), a tenth of what a pipelined command costs. So
 * commands that take constant or logarithmic time are timed together: all that run one after another share the time that has passed evenly.
 * Their sums are exact, and the mean of a pipeline of one command is; only the shares within a mixed batch are not. Everything else is timed by
 * itself, and so is every command while `slowlog-log-slower-than` or the latency monitor asks for less than the time that such a batch may
 * well take.
 *
 * @module
 */
import type { Command } from "../command/command.ts";
import { LatencyHistogram } from "../telemetry/latency_histogram.ts";
import type { Clock } from "../ports/clock.ts";

/** A request with more words than this may take long whatever its command. */
const MANY_WORDS = 64;

/** Times the commands of one server. */
export class CallTimer {
  /** Time spent in all commands so far, in microseconds. */
  totalMicroseconds = 0;
  /** Every command is timed by itself. */
  isExact = false;
  /** Whether durations go into the commands' histograms (`latency-tracking`). */
  keepsHistograms = true;
  /** The last time asked for, in milliseconds. */
  #lastMs = 0;
  /** The command that ran last and how often in a row, not accounted for since {@link #lastMs}. */
  #current: Command | undefined;
  #count = 0;
  /** Those before it. */
  readonly #commands: Command[] = [];
  readonly #counts: number[] = [];

  constructor(private readonly clock: Clock) {}

  /** Commands are about to run. Returns the time, in milliseconds. */
  begin(): number {
    return this.#lastMs = this.clock.monotonicMs();
  }

  /** The last time asked for, in milliseconds: behind the last command that was timed by itself, or later. */
  get lastMs(): number {
    return this.#lastMs;
  }

  /** All have run. */
  end(): void {
    if (this.#count > 0) this.#share(this.clock.monotonicMs());
  }

  /** Whether a command is timed together with others: then {@link join} is all it needs. */
  isSharedBy(command: Command, wordCount: number): boolean {
    return command.isQuick && !this.isExact && wordCount <= MANY_WORDS;
  }

  /** A command is about to run. Returns what {@link stop} wants to know, or -1 if the command is timed together with others: {@link join}. */
  start(command: Command, wordCount: number): number {
    if (this.isSharedBy(command, wordCount)) return -1;
    if (this.#count === 0) return this.#lastMs;
    const nowMs = this.clock.monotonicMs();
    this.#share(nowMs);
    return nowMs;
  }

  /** A command that is timed together with others has run. */
  join(command: Command): void {
    if (this.#current === command) {
      this.#count++;
      return;
    }
    this.#setAside();
    this.#current = command;
    this.#count = 1;
  }

  /**
   * The command that {@link start} was called for has run; returns how long that took, in microseconds, with those that it had taken before
   * it had to wait.
   */
  stop(command: Command, startMs: number, microsecondsBefore: number): number {
    const microseconds = this.lap(startMs) + microsecondsBefore;
    this.account(command, microseconds, 1);
    return microseconds;
  }

  /** The command that {@link start} was called for has run, and has to wait; returns how long that took, in microseconds. */
  lap(startMs: number): number {
    const nowMs = this.clock.monotonicMs();
    if (this.#count > 0) this.#share(nowMs);
    this.#lastMs = nowMs;
    return (nowMs - startMs) * 1000;
  }

  #setAside(): void {
    if (this.#count === 0) return;
    this.#commands.push(this.#current!);
    this.#counts.push(this.#count);
  }

  #share(nowMs: number): void {
    const elapsed = (nowMs - this.#lastMs) * 1000;
    this.#lastMs = nowMs;
    if (this.#commands.length === 0) {
      this.account(this.#current!, elapsed / this.#count, this.#count);
    } else {
      this.#setAside();
      const total = this.#counts.reduce((sum, count) => sum + count, 0);
      this.#commands.forEach((command, i) =>
        this.account(command, elapsed / total, this.#counts[i])
      );
      this.#commands.length = this.#counts.length = 0;
    }
    this.#count = 0;
    this.#current = undefined;
  }

  /** Counts `count` runs of a command that have taken `microseconds` each. */
  account(command: Command, microseconds: number, count: number): void {
    command.microseconds += microseconds * count;
    this.totalMicroseconds += microseconds * count;
    if (!this.keepsHistograms) return;
    command.latencies ??= new LatencyHistogram();
    command.latencies.record(microseconds, count);
  }
}
