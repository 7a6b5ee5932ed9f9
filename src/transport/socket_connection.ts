/**
 * The server's end of one socket: sends what the client is to get, in order, one write at a time.
 *
 * A write is handed to the system at once and not waited for; what comes while it is in flight goes out together with the next.
 *
 * @module
 */
import { writeAll } from "@std/io";
import type { Connection } from "../core/connection.ts";

/** A connection over a TCP or unix socket. */
export class SocketConnection implements Connection {
  readonly remoteAddress: string;
  readonly localAddress: string;
  readonly isUnix: boolean;
  #pendingBytes = 0;
  #queue: Uint8Array<ArrayBuffer>[] = [];
  #writing: Promise<void> | undefined;
  #isClosed = false;

  /** `recycle` takes back the memory of what was sent. */
  constructor(
    private readonly socket: Deno.Conn,
    private readonly recycle: (bytes: Uint8Array<ArrayBuffer>) => void,
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
    if (this.#writing === undefined) this.#writing = this.#write(bytes);
    else this.#queue.push(bytes);
  }

  async drained(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#queue = [];
    this.#pendingBytes = 0;
    try {
      this.socket.close();
    } catch {
      // The peer was faster.
    }
  }

  async #write(first: Uint8Array<ArrayBuffer>): Promise<void> {
    try {
      for (let bytes: Uint8Array<ArrayBuffer> | undefined = first; bytes !== undefined;) {
        const written = await this.socket.write(bytes);
        if (written < bytes.length) await writeAll(this.socket, bytes.subarray(written));
        this.#pendingBytes -= bytes.length;
        this.recycle(bytes);
        bytes = this.#queue.shift();
      }
    } catch {
      // The peer is gone; the reading side notices it too and ends the client.
      this.close();
    } finally {
      this.#writing = undefined;
    }
  }
}

function formatAddress(address: Deno.Addr): string {
  if (!("hostname" in address)) return "";
  const { hostname, port } = address;
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}
