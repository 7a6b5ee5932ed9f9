/**
 * Counters of the whole server, as INFO shows them.
 *
 * @module
 */

/** The counters that are sampled for INFO's instantaneous figures. */
type SampledCounter = "commands" | "inputBytes" | "outputBytes" | "rounds" | "roundMicroseconds";
const SAMPLED: readonly SampledCounter[] = [
  "commands",
  "inputBytes",
  "outputBytes",
  "rounds",
  "roundMicroseconds",
];

const NONE = { commands: 0, inputBytes: 0, outputBytes: 0, rounds: 0, roundMicroseconds: 0 };
const SAMPLES = 16;

/** Counters since the start or the last CONFIG RESETSTAT. */
export class ServerStats {
  /** Connections accepted. */
  connections = 0;
  /** Connections refused because of `maxclients`. */
  rejectedConnections = 0;
  /** Commands run. */
  commands = 0;
  /** Bytes read from clients. */
  inputBytes = 0;
  /** Bytes sent to clients. */
  outputBytes = 0;
  /** Bytes read from primaries. */
  primaryInputBytes = 0;
  /** Bytes of snapshots and of the stream sent to replicas. */
  replicaOutputBytes = 0;
  /** Replicas that got a snapshot, that could go on from where they were, and that wanted to and could not. */
  fullSyncs = 0;
  partialSyncs = 0;
  refusedPartialSyncs = 0;
  /** Error replies. */
  errorReplies = 0;
  /** Errors of requests that came from the primary, where they had succeeded. */
  unexpectedErrors = 0;
  /** Rounds of the event loop in which requests ran, and the time that they took. */
  rounds = 0;
  roundMicroseconds = 0;
  /** The longest round, in microseconds, and the most commands that ran in one. */
  longestRoundMicroseconds = 0;
  mostCommandsInRound = 0;
  /** Time spent in writing the append-only file before replies went out, and in housekeeping. */
  appendMicroseconds = 0;
  cronMicroseconds = 0;
  /** Reads that found input. */
  reads = 0;
  /** Writes handed to the system. */
  writes = 0;
  /** Clients closed because their query buffer outgrew `client-query-buffer-limit`. */
  queryBufferLimitCuts = 0;
  /** Clients closed because their output outgrew `client-output-buffer-limit`. */
  outputBufferLimitCuts = 0;
  /** Whether the last background save failed. {@link reset} does not change it. */
  hasFailedToSave = false;
  /** Whether the last write of the append-only file failed. {@link reset} does not change it. */
  hasFailedToAppend = false;
  /** Peak of the memory in use, in bytes. */
  peakBytes = 0;
  /** Error replies by their first word. */
  readonly errors: Map<string, number> = new Map();
  readonly #rates: Record<SampledCounter, number[]> = {
    commands: [],
    inputBytes: [],
    outputBytes: [],
    rounds: [],
    roundMicroseconds: [],
  };
  #lastSample: Record<SampledCounter, number> = { ...NONE };
  #lastSampleMs = 0;

  /** Counts an error reply; `text` begins with its code. */
  countError(text: string): void {
    this.errorReplies++;
    const code = text.split(" ", 1)[0];
    // A client can make up codes with scripts, so only a limited number is remembered.
    if (this.errors.size >= 128 && !this.errors.has(code)) return;
    this.errors.set(code, (this.errors.get(code) ?? 0) + 1);
  }

  /** Counts a round of the event loop. */
  countRound(microseconds: number, commands: number): void {
    this.rounds++;
    this.roundMicroseconds += microseconds;
    if (microseconds > this.longestRoundMicroseconds) this.longestRoundMicroseconds = microseconds;
    if (commands > this.mostCommandsInRound) this.mostCommandsInRound = commands;
  }

  /** Whether the last attempt to keep changes on disk has failed. {@link reset} does not change it. */
  get cannotKeepChanges(): boolean {
    return this.hasFailedToSave || this.hasFailedToAppend;
  }

  /** Takes a sample for the rates. Call it about ten times a second. */
  sample(nowMs: number): void {
    const elapsed = nowMs - this.#lastSampleMs;
    if (elapsed <= 0) return;
    for (const counter of SAMPLED) {
      const rates = this.#rates[counter];
      rates.push((this[counter] - this.#lastSample[counter]) * 1000 / elapsed);
      if (rates.length > SAMPLES) rates.shift();
      this.#lastSample[counter] = this[counter];
    }
    this.#lastSampleMs = nowMs;
  }

  /** Average of the last samples, in units a second. */
  rate(counter: SampledCounter): number {
    const rates = this.#rates[counter];
    return rates.length === 0 ? 0 : rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
  }

  /** Sets all counters to zero. */
  reset(): void {
    this.connections = this.rejectedConnections = this.commands = 0;
    this.inputBytes =
      this.outputBytes =
      this.errorReplies =
      this.reads =
      this.writes =
        0;
    this.unexpectedErrors = this.primaryInputBytes = 0;
    this.queryBufferLimitCuts = this.outputBufferLimitCuts = 0;
    this.replicaOutputBytes = 0;
    this.fullSyncs = this.partialSyncs = this.refusedPartialSyncs = 0;
    this.errors.clear();
    this.rounds = this.roundMicroseconds = 0;
    this.longestRoundMicroseconds = this.mostCommandsInRound = 0;
    this.appendMicroseconds = this.cronMicroseconds = 0;
    this.#lastSample = { ...NONE };
  }
}
