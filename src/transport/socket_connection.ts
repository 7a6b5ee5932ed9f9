/**
 * The server's end of one socket: sends what the client is to get, in order, one write at a time.
 *
 * A write is not waited for; what comes while one is in flight queues up behind it.
 *
 * @module
 */
import { writeAll } from "@std/io";
import type { Connection } from "../core/connection.ts";

/**
 * Holds writes back until every request that has arrived is run, and then hands all of them to the system, one after another.
 *
 * The runtime tells of all sockets that are readable at once, so their requests run in one go and a microtask comes after them. Writing
 * at once instead, between the requests of two clients, would wake the clients one by one and take half as long again with 50 of them.
 */
export class Outbox {
  readonly #waiting: SocketConnection[] = [];
  readonly #flush = () => {
    for (const connection of this.#waiting) connection.writeCurrent();
    this.#waiting.length = 0;
  };

  /** Lets a connection write at the end of the round. */
  add(connection: SocketConnection): void {
    if (this.#waiting.push(connection) === 1) queueMicrotask(this.#flush);
  }
}

/** A connection over a TCP or unix socket. */
export class SocketConnection implements Connection {
  readonly remoteAddress: string;
  readonly localAddress: string;
  readonly isUnix: boolean;
  #pendingBytes = 0;
  /** What is being written; undefined when nothing is. */
  #current: Uint8Array<ArrayBuffer> | undefined;
  #queue: Uint8Array<ArrayBuffer>[] = [];
  #drained: { promise: Promise<void>; resolve: () => void } | undefined;
  #isClosed = false;
  // Made once, so that a write makes no closures.
  readonly #onWritten = (written: number) => this.#written(written);
  readonly #onFailure = () => this.#failed();

  /** `recycle` takes back the memory of what was sent. */
  constructor(
    private readonly socket: Deno.Conn,
    private readonly recycle: (bytes: Uint8Array<ArrayBuffer>) => void,
    private readonly outbox: Outbox,
  ) {
    this.isUnix = socket.localAddr.transport === "unix";
    const path = "path" in socket.localAddr ? socket.localAddr.path : "";
    this.remoteAddress = this.isUnix ? `${path}:0` : formatAddress(socket.remoteAddr);
    this.localAddress = this.isUnix ? `${path}:0` : formatAddress(socket.localAddr);
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

  async drained(): Promise<void> {
    if (this.#current === undefined) return;
    this.#drained ??= Promise.withResolvers<void>();
    await this.#drained.promise;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      this.socket.close();
    } catch {
      // The peer was faster.
    }
  }

  /** Hands the bytes whose turn it is to the system. */
  writeCurrent(): void {
    this.socket.write(this.#current!).then(this.#onWritten, this.#onFailure);
  }

  #written(count: number): void {
    const bytes = this.#current!;
    if (count < bytes.length && !this.#isClosed) {
      writeAll(this.socket, bytes.subarray(count))
        .then(() => this.#written(bytes.length), this.#onFailure);
      return;
    }
    this.#pendingBytes -= bytes.length;
    this.recycle(bytes);
    const next = this.#isClosed ? undefined : this.#queue.shift();
    if (next === undefined) this.#idle();
    else {
      this.#current = next;
      this.writeCurrent();
    }
  }

  /** The peer is gone; the reading side notices it too and ends the client. */
  #failed(): void {
    if (this.#current !== undefined) this.recycle(this.#current);
    this.close();
    this.#idle();
  }

  #idle(): void {
    this.#current = undefined;
    for (const bytes of this.#queue) this.recycle(bytes);
    this.#queue = [];
    if (this.#isClosed) this.#pendingBytes = 0;
    this.#drained?.resolve();
    this.#drained = undefined;
  }
}

function formatAddress(address: Deno.Addr): string {
  if (!("hostname" in address)) return "";
  const { hostname, port } = address;
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}
