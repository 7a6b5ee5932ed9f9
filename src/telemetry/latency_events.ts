/**
 * The latency monitor: events that kept clients waiting for at least `latency-monitor-threshold` milliseconds, by kind, with the times of
 * the latest ones.
 *
 * @module
 */

const MAX_SAMPLES = 160;

/** The kinds of events, named as in Redis 7.2. */
export type LatencyEvent =
  | "command"
  | "fast-command"
  | "expire-cycle"
  | "eviction-cycle"
  | "aof-write"
  | "aof-fsync-always"
  | "rdb-save";

/** A second in which an event took long. */
export interface LatencySample {
  /** Seconds since 1970. */
  readonly seconds: number;
  /** Longest time in that second. */
  milliseconds: number;
}

/** The history of one kind of event. */
export interface LatencySeries {
  /** Oldest first, at most one for each second. */
  readonly samples: LatencySample[];
  /** The longest time since the event was last forgotten. */
  maxMilliseconds: number;
}

/** All events. */
export class LatencyEvents {
  /** `latency-monitor-threshold`; 0 turns the monitor off. */
  thresholdMs = 0;
  readonly #series = new Map<string, LatencySeries>();

  /** The events that have samples, in order of their first sample. */
  get all(): Iterable<[event: string, series: LatencySeries]> {
    return this.#series;
  }

  /** The history of an event. */
  get(event: string): LatencySeries | undefined {
    return this.#series.get(event);
  }

  /** Records how long an event took, if that reaches the threshold. */
  note(event: LatencyEvent, durationMs: number, nowMs: number): void {
    const milliseconds = Math.floor(durationMs);
    if (this.thresholdMs === 0 || milliseconds < this.thresholdMs) return;
    let series = this.#series.get(event);
    if (series === undefined) {
      series = { samples: [], maxMilliseconds: 0 };
      this.#series.set(event, series);
    }
    series.maxMilliseconds = Math.max(series.maxMilliseconds, milliseconds);
    const seconds = Math.floor(nowMs / 1000);
    const last = series.samples.at(-1);
    if (last?.seconds === seconds) {
      last.milliseconds = Math.max(last.milliseconds, milliseconds);
      return;
    }
    series.samples.push({ seconds, milliseconds });
    if (series.samples.length > MAX_SAMPLES) series.samples.shift();
  }

  /** Forgets an event, or all events; returns how many were forgotten. */
  forget(event?: string): number {
    if (event !== undefined) return this.#series.delete(event) ? 1 : 0;
    const { size } = this.#series;
    this.#series.clear();
    return size;
  }
}
