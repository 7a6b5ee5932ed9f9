/**
 * Makes first requests that are reported together run in the order in which their connections were accepted.
 *
 * A socket is registered with the system when it is accepted. From then on it stands in the list of ready sockets, because it can be
 * written to. If its first request comes before the system is asked for that list again, the request is reported at the socket's place in
 * the list, ahead of requests that came earlier on older sockets. If both are first requests of their connections, the order of the
 * connections says better which came first: a SUBSCRIBE must not run behind the PUBLISH of a client that connected later. `deno run -A
 * tests/bench/arrival.ts` counts how often that happens.
 *
 * @module
 */

/** The connections that have not sent anything yet, by numbers that rise in order of acceptance. */
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

  /** Adds a connection that was accepted. */
  add(id: number): void {
    this.#silent.add(id);
  }

  /** Removes a connection that has ended. */
  delete(id: number): void {
    this.#silent.delete(id);
  }

  /**
   * Call it when a connection's first bytes have come. Undefined if no other connection is silent, so that the bytes may be run at once;
   * otherwise a promise that resolves when it is their turn.
   */
  turn(id: number): Promise<void> | undefined {
    this.#silent.delete(id);
    if (this.#silent.size === 0 && this.#waiting.length === 0) return undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#waiting.push({ id, go: resolve }) === 1) this.afterRound(this.#letGo);
    return promise;
  }
}
