/**
 * Measures how long commands run, for INFO commandstats, LATENCY and the slow log.
 *
 * Asking the runtime for the time costs about 100 ns (`deno run tests/bench/clocks.ts` prints it), a tenth of the cost of a pipelined
 * command. So commands of constant or logarithmic time are timed together: those that run one after another share the time that has passed
 * evenly. The sum is exact, and so is the mean of a pipeline of one command; only the shares within a mixed batch are not. All other
 * commands are timed by themselves. So is every command while `slowlog-log-slower-than` or the latency monitor asks for durations as short
 * as those of a whole batch.
 *
 * @module
 */
import type { Command } from "../command/command.ts";
import { LatencyHistogram } from "../telemetry/latency_histogram.ts";
import type { Clock } from "../ports/clock.ts";

/** A request with more words than this may take long, whatever its command is. */
const MANY_WORDS = 64;

/** Times the commands of one server. */
export class CallTimer {
  /** Time spent in all commands so far, in microseconds. */
  totalMicroseconds = 0;
  /** Whether every command is timed by itself. */
  isExact = false;
  /** Whether durations go into the commands' histograms (`latency-tracking`). */
  keepsHistograms = true;
  /** The time that the clock showed last, in milliseconds. */
  #lastMs = 0;
  /** The command that ran last, and how often in a row it ran since {@link #lastMs}. */
  #current: Command | undefined;
  #count = 0;
  /** The commands that ran before it since {@link #lastMs}. */
  readonly #commands: Command[] = [];
  readonly #counts: number[] = [];

  constructor(private readonly clock: Clock) {}

  /** Call it before a batch of commands. Returns the time, in milliseconds. */
  begin(): number {
    return this.#lastMs = this.clock.monotonicMs();
  }

  /** The time that the clock showed last, in milliseconds: at the end of the last command that was timed by itself, or later. */
  get lastMs(): number {
    return this.#lastMs;
  }

  /** Call it after a batch of commands. */
  end(): void {
    if (this.#count > 0) this.#share(this.clock.monotonicMs());
  }

  /** Whether a command is timed together with others; then only {@link join} need be called for it. */
  isSharedBy(command: Command, wordCount: number): boolean {
    return command.isQuick && !this.isExact && wordCount <= MANY_WORDS;
  }

  /**
   * Call it before a command. Returns the argument for {@link stop}, or -1 if the command is timed together with others; then call
   * {@link join}.
   */
  start(command: Command, wordCount: number): number {
    if (this.isSharedBy(command, wordCount)) return -1;
    if (this.#count === 0) return this.#lastMs;
    const nowMs = this.clock.monotonicMs();
    this.#share(nowMs);
    return nowMs;
  }

  /** Call it after a command that is timed together with others. */
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
   * Call it after a command for which {@link start} was called. Returns how long the command took, in microseconds, including its runs
   * before it had to wait.
   */
  stop(command: Command, startMs: number, microsecondsBefore: number): number {
    const microseconds = this.lap(startMs) + microsecondsBefore;
    this.account(command, microseconds, 1);
    return microseconds;
  }

  /** Call it in place of {@link stop} if the command has to wait. Returns how long this run took, in microseconds. */
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

  /** Counts `count` runs of a command that took `microseconds` each. */
  account(command: Command, microseconds: number, count: number): void {
    command.microseconds += microseconds * count;
    this.totalMicroseconds += microseconds * count;
    if (!this.keepsHistograms) return;
    command.latencies ??= new LatencyHistogram();
    command.latencies.record(microseconds, count);
  }
}
