/**
 * The server's end of one socket: sends bytes in order, one write at a time.
 *
 * The server does not wait for a write; bytes that come while one is in flight queue up behind it.
 *
 * @module
 */
import type { Connection } from "../ports/connection.ts";
import type { Endpoint, Socket } from "../ports/network.ts";
import type { HeldWriter, Outbox } from "../session/outbox.ts";

/** Small queued pieces are joined up to this size. */
const JOINED_BYTES = 65536;
/** How many pieces that were already written may stay in the queue. */
const TAKEN_PIECES = 1024;

const LOOPBACK = /^(127\.|\[::1\]|\[::ffff:127\.)/;

/** A connection over a TCP or unix socket. */
export class SocketConnection implements Connection, HeldWriter {
  readonly remoteAddress: string;
  readonly localAddress: string;
  readonly isUnix: boolean;
  readonly isLocal: boolean;
  #pendingBytes = 0;
  /** The piece that is being written; undefined if none is. */
  #current: Uint8Array<ArrayBuffer> | undefined;
  /** How many bytes of it the system has taken. */
  #taken = 0;
  /** The pieces that wait for the write in flight, from index {@link #next} on. */
  #queue: Uint8Array<ArrayBuffer>[] = [];
  #next = 0;
  #drained: { promise: Promise<void>; resolve: () => void } | undefined;
  #isClosed = false;
  #hasWritten = false;
  // These are made once, so that a write makes no closures.
  readonly #onWritten = (written: number) => this.#written(written);
  readonly #onFailure = () => this.#failed();

  /** `recycle` takes back the memory of bytes that were sent. */
  constructor(
    private readonly socket: Socket,
    private readonly recycle: (bytes: Uint8Array<ArrayBuffer>) => void,
    private readonly outbox: Outbox,
  ) {
    const { local, remote } = socket;
    this.isUnix = "path" in local;
    this.localAddress = format(local);
    // The far end of a unix socket has no name.
    this.remoteAddress = this.isUnix ? this.localAddress : format(remote);
    this.isLocal = this.isUnix || LOOPBACK.test(this.remoteAddress);
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  send(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#isClosed) return this.recycle(bytes);
    this.#pendingBytes += bytes.length;
    if (this.#current !== undefined) return void this.#queue.push(bytes);
    this.#current = bytes;
    this.outbox.add(this);
  }

  async drained(): Promise<boolean> {
    if (this.#current !== undefined) {
      this.#drained ??= Promise.withResolvers<void>();
      await this.#drained.promise;
    }
    return !this.#isClosed;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.socket.close();
  }

  /** Lets the system notice a peer that has gone without closing the connection. */
  keepAlive(): void {
    this.socket.setKeepAlive();
  }

  /** Passes the next bytes to the system. */
  writeHeld(): void {
    if (!this.#hasWritten) this.#beforeFirstWrite();
    if (this.#next < this.#queue.length) this.#joinCurrent();
    this.socket.write(this.#current!).then(this.#onWritten, this.#onFailure);
  }

  /**
   * Turns off the system's delay for small writes. It does not do so when the connection is accepted: the less happens there, the fewer
   * requests run out of order.
   */
  #beforeFirstWrite(): void {
    this.#hasWritten = true;
    this.socket.setNoDelay();
  }

  #written(count: number): void {
    this.#pendingBytes -= count;
    const bytes = this.#current!;
    this.#taken += count;
    if (this.#taken < bytes.length && !this.#isClosed) {
      this.socket.write(bytes.subarray(this.#taken)).then(this.#onWritten, this.#onFailure);
      return;
    }
    this.#taken = 0;
    this.recycle(bytes);
    const next = this.#isClosed ? undefined : this.#takeQueued();
    if (next === undefined) this.#idle();
    else {
      this.#current = next;
      // Not written at once: the changes that these replies acknowledge may not be kept yet.
      this.outbox.add(this);
    }
  }

  /** Takes the next bytes to write; joins small pieces (messages to a subscriber) into one. */
  #takeQueued(): Uint8Array<ArrayBuffer> | undefined {
    const queue = this.#queue;
    const first = this.#next;
    if (first === queue.length) return undefined;
    let end = first + 1;
    let length = queue[first].length;
    while (end < queue.length && length + queue[end].length <= JOINED_BYTES) {
      length += queue[end++].length;
    }
    const taken = end === first + 1 ? queue[first] : this.#join(first, end, length);
    this.#next = end;
    // Pieces that were taken are removed together, because removing each from the front would move the rest every time.
    if (end === queue.length || end >= TAKEN_PIECES) {
      queue.splice(0, end);
      this.#next = 0;
    }
    return taken;
  }

  /** Joins short pieces that have come since to the one that is written next. */
  #joinCurrent(): void {
    if (this.#next === 0) this.#queue.unshift(this.#current!);
    else this.#queue[--this.#next] = this.#current!;
    this.#current = this.#takeQueued();
  }

  #join(first: number, end: number, length: number): Uint8Array<ArrayBuffer> {
    const joined = new Uint8Array(length);
    let at = 0;
    for (let i = first; i < end; i++) {
      joined.set(this.#queue[i], at);
      at += this.#queue[i].length;
      this.recycle(this.#queue[i]);
    }
    return joined;
  }

  /** Handles a failed write: the peer is gone. The reading side notices that too, and closes the client. */
  #failed(): void {
    if (this.#current !== undefined) this.recycle(this.#current);
    this.close();
    this.#idle();
  }

  #idle(): void {
    this.#current = undefined;
    for (let i = this.#next; i < this.#queue.length; i++) this.recycle(this.#queue[i]);
    this.#queue = [];
    this.#next = 0;
    if (this.#isClosed) this.#pendingBytes = 0;
    this.#drained?.resolve();
    this.#drained = undefined;
  }
}

function format(endpoint: Endpoint): string {
  if ("path" in endpoint) return `${endpoint.path}:0`;
  const { hostname, port } = endpoint;
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}
