/**
 * A relay between a replica and its primary, on a port of its own, that cuts the link where a test wants it.
 *
 * @module
 */

/** Passes bytes on, both ways, until it is told to cut. */
export class CutLink implements Disposable {
  readonly port: number;
  /** Links made so far. */
  links = 0;
  /** The present links are cut when so many more bytes have come from the primary; in the middle of anything. */
  bytesUntilCut = Infinity;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #open = new Set<Deno.Conn>();

  constructor(private readonly primaryPort: number) {
    this.port = (this.#listener.addr as Deno.NetAddr).port;
    this.#serve();
  }

  /** Cuts all links now. The next one lasts. */
  cut(): void {
    this.bytesUntilCut = Infinity;
    for (const connection of this.#open) closeQuietly(connection);
    this.#open.clear();
  }

  [Symbol.dispose](): void {
    this.#listener.close();
    this.cut();
  }

  async #serve(): Promise<void> {
    try {
      for await (const replica of this.#listener) await this.#link(replica);
    } catch {
      // The listener was closed.
    }
  }

  async #link(replica: Deno.Conn): Promise<void> {
    this.links++;
    try {
      const primary = await Deno.connect({ hostname: "127.0.0.1", port: this.primaryPort });
      this.#open.add(replica).add(primary);
      this.#pass(replica, primary, false);
      this.#pass(primary, replica, true);
    } catch {
      closeQuietly(replica);
    }
  }

  async #pass(from: Deno.Conn, to: Deno.Conn, isCounted: boolean): Promise<void> {
    const buffer = new Uint8Array(16384);
    try {
      for (;;) {
        const count = await from.read(buffer);
        if (count === null) break;
        const passed = isCounted ? Math.min(count, this.bytesUntilCut) : count;
        for (let at = 0; at < passed;) at += await to.write(buffer.subarray(at, passed));
        if (!isCounted) continue;
        this.bytesUntilCut -= passed;
        if (this.bytesUntilCut <= 0) return this.cut();
      }
    } catch {
      // One side has gone.
    } finally {
      for (const connection of [from, to]) {
        closeQuietly(connection);
        this.#open.delete(connection);
      }
    }
  }
}

function closeQuietly(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It is closed.
  }
}
