/**
 * Lets first requests that are reported together run in the order in which their connections were accepted.
 *
 * A socket is registered with the system when it is accepted, and stands in the list of those that are ready from then on, because it can be
 * written to. If its first request comes before the system is asked for that list again, it is reported at the place that the socket took
 * then: ahead of requests that came earlier on sockets known longer. When both are a connection's first request, the order of their
 * connections is the better witness; a SUBSCRIBE must not come behind the PUBLISH of who connected later. (`deno run -A tests/bench/arrival.ts`
 * counts how often that happens.)
 *
 * @module
 */

/** Connections that have not sent anything, by their numbers, which rise in order of acceptance. */
export class FirstRequests {
  readonly #silent = new Set<number>();
  readonly #waiting: { id: number; go: () => void }[] = [];
  readonly #letGo = () => {
    this.#waiting.sort((a, b) => a.id - b.id);
    for (const { go } of this.#waiting) go();
    this.#waiting.length = 0;
  };

  /** `afterRound`: see `Network.afterRound`. */
  constructor(private readonly afterRound: (run: () => void) => void) {}

  /** A connection is accepted. */
  add(id: number): void {
    this.#silent.add(id);
  }

  /** A connection has ended. */
  delete(id: number): void {
    this.#silent.delete(id);
  }

  /** A connection's first bytes have come. Undefined if they may be run at once: no other is silent. Else resolves when it is their turn. */
  turn(id: number): Promise<void> | undefined {
    this.#silent.delete(id);
    if (this.#silent.size === 0 && this.#waiting.length === 0) return undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#waiting.push({ id, go: resolve }) === 1) this.afterRound(this.#letGo);
    return promise;
  }
}
