/**
 * The end of a round: holds writes back until every request that has arrived is run; then keeps what has changed, and lets all writes go, one
 * after another.
 *
 * The runtime tells of all sockets that are readable at once, so their requests run in one go and the end of the round comes after them. Writing
 * at once instead, between the requests of two clients, would wake the clients one by one and take half as long again with 50 of them.
 *
 * @module
 */

/** Somebody who has something to write at the end of the round. */
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
   * `beforeWrites` runs at the end of each round, before what was held back is written: what replies acknowledge must be kept first.
   * `afterRound` calls its argument at the end of the round (see `Network.afterRound`).
   */
  constructor(
    private readonly beforeWrites: () => void,
    private readonly afterRound: (run: () => void) => void,
  ) {}

  /** Lets somebody write at the end of the round. */
  add(writer: HeldWriter): void {
    this.#waiting.push(writer);
    this.endRoundSoon();
  }

  /** Sees to it that the round ends, though nobody may have anything to write: there is something to be kept. */
  endRoundSoon(): void {
    if (this.#isEndAwaited) return;
    this.#isEndAwaited = true;
    this.afterRound(this.#flush);
  }

  /** Ends the round now. */
  flush(): void {
    if (!this.#isEndAwaited) return;
    this.#isEndAwaited = false;
    this.beforeWrites();
    // Writing may lead to more: that is the next round's.
    const writers = this.#waiting;
    this.#waiting = this.#spare;
    this.#spare = writers;
    for (const writer of writers) writer.writeHeld();
    writers.length = 0;
  }
}
