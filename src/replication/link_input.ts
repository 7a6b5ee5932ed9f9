/**
 * What comes from a primary: lines while the two make each other's acquaintance, then blocks of bytes.
 *
 * @module
 */
import { latin1 } from "../lib/bytes.ts";
import type { OutgoingConnection } from "../ports/outgoing.ts";

const EMPTY = new Uint8Array(0);
const CR = 0x0d;
const LF = 0x0a;
/** Longest line that a primary sends. */
const LONGEST_LINE = 1024;

/** The link to a primary has broken, or cannot be used. The message is for the log; without one there is nothing more to say. */
export class LinkError extends Error {
  override name = "LinkError";
}

/** Reads from the connection to a primary. */
export class LinkInput {
  /** What has come and was not taken yet; valid until the next read. */
  #rest: Uint8Array = EMPTY;

  /** `onBytes` is called with the number of bytes whenever some have come. */
  constructor(
    private readonly connection: OutgoingConnection,
    private readonly onBytes: (count: number) => void,
  ) {}

  /** The next line, without its end. A primary that needs time sends empty lines meanwhile. Throws {@link LinkError}. */
  async line(): Promise<string> {
    let line = "";
    for (;;) {
      const bytes = await this.block();
      const at = bytes.indexOf(LF);
      const end = at < 0 ? bytes.length : at;
      line += latin1(bytes, 0, end);
      if (line.length > LONGEST_LINE) throw new LinkError("The line is too long");
      if (at < 0) continue;
      this.putBack(bytes.subarray(at + 1));
      return line.charCodeAt(line.length - 1) === CR ? line.slice(0, -1) : line;
    }
  }

  /** What has come, at least one byte. It is valid until the next read. Throws {@link LinkError}. */
  async block(): Promise<Uint8Array> {
    const rest = this.#rest;
    this.#rest = EMPTY;
    if (rest.length > 0) return rest;
    const bytes = await this.#receive();
    if (bytes === undefined) throw new LinkError("connection lost");
    this.onBytes(bytes.length);
    return bytes;
  }

  /** Gives back the last part of a block; the next read begins with it. */
  putBack(bytes: Uint8Array): void {
    this.#rest = bytes;
  }

  async #receive(): Promise<Uint8Array | undefined> {
    try {
      return await this.connection.receive();
    } catch (error) {
      throw new LinkError((error as Error).message);
    }
  }
}
