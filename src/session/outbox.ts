/**
 * Holds writes back until the end of the round, when every request that has arrived was run. Then changes are kept first, and all writes go
 * out one after another.
 *
 * The runtime reports all readable sockets at once, so their requests run in one go, and the end of the round comes after them. Writing
 * immediately instead, between the requests of two clients, would wake the clients one by one, and would take half as long again with 50
 * clients.
 *
 * @module
 */

/** Has something to write at the end of the round. */
export interface HeldWriter {
  /** Writes what was held back. */
  writeHeld(): void;
}

/** The writes of a round. */
export class Outbox {
  #waiting: HeldWriter[] = [];
  #spare: HeldWriter[] = [];
  #isEndAwaited = false;
  readonly #flush = () => this.flush();

  /**
   * `beforeWrites` runs at the end of each round, before anything that was held back is written, because changes must be kept before
   * replies acknowledge them. `afterRound` calls its argument at the end of the round (see `Network.afterRound`).
   */
  constructor(
    private readonly beforeWrites: () => void,
    private readonly afterRound: (run: () => void) => void,
  ) {}

  /** Calls the writer at the end of the round. */
  add(writer: HeldWriter): void {
    this.#waiting.push(writer);
    this.endRoundSoon();
  }

  /** Makes sure that the round ends even if nobody has anything to write, because there are changes to keep. */
  endRoundSoon(): void {
    if (this.#isEndAwaited) return;
    this.#isEndAwaited = true;
    this.afterRound(this.#flush);
  }

  /** Ends the round now. */
  flush(): void {
    if (!this.#isEndAwaited) return;
    this.beforeWrites();
    // What `beforeWrites` has added is written now, too.
    this.#isEndAwaited = false;
    // Writing may lead to more writes, which belong to the next round.
    const writers = this.#waiting;
    this.#waiting = this.#spare;
    this.#spare = writers;
    for (const writer of writers) writer.writeHeld();
    writers.length = 0;
  }
}
