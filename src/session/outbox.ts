/**
 * Holds writes back until every request that has arrived is run, and then lets all of them go, one after another.
 *
 * The runtime tells of all sockets that are readable at once, so their requests run in one go and a microtask comes after them. Writing
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
  readonly #flush = () => this.flush();

  /** `beforeWrites` runs before what was held back is written: what replies acknowledge must be kept first. */
  constructor(private readonly beforeWrites: () => void) {}

  /** Lets somebody write at the end of the round. */
  add(writer: HeldWriter): void {
    if (this.#waiting.push(writer) === 1) queueMicrotask(this.#flush);
  }

  /** Ends the round now. */
  flush(): void {
    if (this.#waiting.length === 0) return;
    this.beforeWrites();
    // Writing may lead to more: that is the next round's.
    const writers = this.#waiting;
    this.#waiting = this.#spare;
    this.#spare = writers;
    for (const writer of writers) writer.writeHeld();
    writers.length = 0;
  }
}
