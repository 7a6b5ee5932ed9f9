/**
 * A replica in the test's hands: a session that asks to follow a server, and takes apart what it is sent. It applies nothing.
 *
 * @module
 */
import { concat } from "@std/bytes";
import { latin1 } from "../../src/lib/bytes.ts";
import { encodeRequest } from "../../src/resp/request_writer.ts";
import type { Server } from "../../src/server/server.ts";
import type { RawSession } from "../../src/session/raw_session.ts";

/** A replica of a server without sockets. */
export class FakeReplica {
  readonly session: RawSession;
  /** Whether the server has closed the connection. */
  isClosed = false;
  #pieces: Uint8Array[] = [];
  #taken = 0;

  constructor(server: Server) {
    this.session = server.rawSession({
      receive: (pieces) => this.#pieces.push(...pieces.map((bytes) => bytes.slice())),
      closed: () => this.isClosed = true,
    });
  }

  /** Sends requests, each in a round of its own. */
  send(...requests: readonly string[]): this {
    for (const words of requests) {
      this.session.send(encodeRequest(words.split(" ")));
      this.session.endRound();
    }
    return this;
  }

  /** Everything that has come and was not taken, a character for each byte. */
  get received(): string {
    const all = concat(this.#pieces);
    return latin1(all, this.#taken, all.length - this.#taken);
  }

  /** Takes the next line; throws if none has come. */
  line(): string {
    const end = this.received.indexOf("\r\n");
    if (end < 0) throw new Error(`Cannot take a line of ${JSON.stringify(this.received)}`);
    const line = this.received.slice(0, end);
    this.#taken += end + 2;
    return line;
  }

  /** Takes a number of bytes. */
  take(count: number): string {
    const taken = this.received.slice(0, count);
    this.#taken += count;
    return taken;
  }

  /** Takes everything that has come. */
  takeAll(): string {
    return this.take(this.received.length);
  }

  /** Takes a snapshot with its header, whichever form it has; throws if it has not come whole. */
  snapshot(): Uint8Array {
    const header = this.line();
    const mark = /^\$EOF:(.{40})$/.exec(header)?.[1];
    const length = mark === undefined ? Number(header.slice(1)) : this.received.indexOf(mark);
    const bytes = Uint8Array.from(this.take(length), (character) => character.charCodeAt(0));
    if (bytes.length !== length) throw new Error(`Cannot take ${length} bytes after ${header}`);
    if (mark !== undefined) this.take(mark.length);
    return bytes;
  }
}
