/**
 * A client without a socket that sends and gets bytes, as they would be on the wire. It knows nothing of what they mean.
 *
 * @module
 */
import type { Client } from "../clients/client.ts";

/** What a session needs of the server. */
export interface SessionHost {
  /** Runs all complete requests of a client. */
  process(client: Client): void;
  /** Ends the round, so that the replies of all requests that have run go out now. */
  sendReplies(): void;
}

/** A session of bytes; see the module's comment. `using` closes it. */
export class RawSession implements Disposable {
  /** Use the server's `rawSession()`. */
  constructor(
    private readonly host: SessionHost,
    /** The server's side of it. */
    readonly client: Client,
  ) {}

  /** The client's id, with which CLIENT ID replies. */
  get id(): number {
    return this.client.id;
  }

  /** Whether it has been closed, from either side. */
  get isClosed(): boolean {
    return this.client.isClosed;
  }

  /** Sends bytes, a part of a request or many requests, and runs the requests that are complete. Their replies come when the round ends. */
  send(bytes: Uint8Array): void {
    if (this.isClosed) throw new Error("Cannot send: the session is closed");
    this.client.reader.append(bytes);
    this.host.process(this.client);
  }

  /** Ends the round, so that replies come before this returns. */
  endRound(): void {
    this.host.sendReplies();
  }

  /** Closes the session, and ends whatever it watches, waits for and listens to. */
  close(): void {
    this.client.close();
  }

  /** As {@link close}, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }
}
