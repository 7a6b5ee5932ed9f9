/**
 * A WebSocket as a socket: the bytes of its messages, texts and binary ones, one after another. What is sent goes out in binary messages.
 *
 * @module
 */
import { utf8 } from "../../lib/bytes.ts";
import type { Clock } from "../../ports/clock.ts";
import { type Endpoint, NetworkError, type Socket } from "../../ports/network.ts";

/** While more than this waits to be sent, a write is not done. */
const SEND_AHEAD_BYTES = 65536;
/** How often it is looked whether less waits. A WebSocket does not tell. */
const LOOK_AGAIN_MS = 5;
/** More bytes than this must not wait to be read. A WebSocket cannot be paused. */
const MOST_UNREAD_BYTES = 64 * 2 ** 20;
/** Close codes of RFC 6455. */
const NORMAL = 1000;
const TOO_BIG = 1009;

interface Reader {
  readonly buffer: Uint8Array<ArrayBuffer>;
  readonly resolve: (count: number | null) => void;
}

/** The server's end of a WebSocket. */
export class DenoWebSocket implements Socket {
  readonly local: Endpoint = { hostname: "websocket", port: 0 };
  readonly #opened = Promise.withResolvers<void>();
  #unread: Uint8Array[] = [];
  #unreadBytes = 0;
  #reader: Reader | undefined;
  #isClosed = false;

  constructor(
    private readonly socket: WebSocket,
    readonly remote: Endpoint,
    private readonly clock: Clock,
  ) {
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.#opened.resolve();
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = () => this.#end();
    socket.onerror = () => this.#end();
  }

  read(buffer: Uint8Array<ArrayBuffer>): Promise<number | null> {
    if (this.#unread.length > 0) return Promise.resolve(this.#take(buffer));
    if (this.#isClosed) return Promise.resolve(null);
    return new Promise((resolve) => this.#reader = { buffer, resolve });
  }

  async write(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
    await this.#opened.promise;
    if (this.#isClosed) throw closedError();
    // The memory is used again after the call.
    this.socket.send(bytes.slice());
    while (this.socket.bufferedAmount > SEND_AHEAD_BYTES && !this.#isClosed) {
      await new Promise<void>((resolve) => this.clock.after(LOOK_AGAIN_MS, resolve));
    }
    if (this.#isClosed) throw closedError();
    return bytes.length;
  }

  setNoDelay(): void {}

  setKeepAlive(): void {}

  close(): void {
    this.#close(NORMAL);
  }

  #close(code: number): void {
    if (this.#isClosed) return;
    this.#end();
    this.#unread = [];
    this.socket.close(code);
  }

  #receive(data: string | ArrayBuffer): void {
    if (this.#isClosed) return;
    const bytes = typeof data === "string" ? utf8(data) : new Uint8Array(data);
    if (bytes.length === 0) return;
    this.#unread.push(bytes);
    this.#unreadBytes += bytes.length;
    const reader = this.#reader;
    if (reader === undefined) {
      if (this.#unreadBytes > MOST_UNREAD_BYTES) this.#close(TOO_BIG);
      return;
    }
    this.#reader = undefined;
    reader.resolve(this.#take(reader.buffer));
  }

  #take(buffer: Uint8Array): number {
    const [piece] = this.#unread;
    const count = Math.min(piece.length, buffer.length);
    buffer.set(count === piece.length ? piece : piece.subarray(0, count));
    if (count === piece.length) this.#unread.shift();
    else this.#unread[0] = piece.subarray(count);
    this.#unreadBytes -= count;
    return count;
  }

  #end(): void {
    this.#isClosed = true;
    this.#opened.resolve();
    this.#reader?.resolve(null);
    this.#reader = undefined;
  }
}

function closedError(): NetworkError {
  return new NetworkError("Other", "The WebSocket is closed");
}
