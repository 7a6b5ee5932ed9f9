/**
 * A socket of node:net or node:tls.
 *
 * Node delivers bytes in chunks of its own, and each chunk is copied once, into the reader's buffer. A chunk that nobody waits for stays
 * here, and the socket is paused: later bytes wait in the system's buffers, and the peer notices.
 *
 * @module
 */
import type * as net from "node:net";
import type { Endpoint, Socket } from "../../ports/network.ts";

/** A read that waits for bytes. */
interface Reader {
  readonly buffer: Uint8Array;
  readonly resolve: (count: number | null) => void;
  readonly reject: (error: Error) => void;
}

/** A connected socket. */
export class NodeSocket implements Socket {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  #reader: Reader | undefined;
  /** Bytes that came while nobody read, in order. */
  readonly #chunks: Uint8Array[] = [];
  #hasEnded = false;
  #failure: Error | undefined;

  /** `path` is the path of the unix socket, if the connection came over one. */
  constructor(private readonly socket: net.Socket, path?: string) {
    this.local = endpointOf(path, socket.localAddress, socket.localPort);
    this.remote = endpointOf(path, socket.remoteAddress, socket.remotePort);
    socket.on("data", (chunk) => this.#receive(chunk as unknown as Uint8Array));
    socket.on("end", () => this.#end());
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => this.#fail(new Error("The socket is closed")));
  }

  read(buffer: Uint8Array<ArrayBuffer>): Promise<number | null> {
    if (this.#chunks.length > 0) return Promise.resolve(this.#take(buffer));
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#hasEnded) return Promise.resolve(null);
    return new Promise((resolve, reject) => {
      this.#reader = { buffer, resolve, reject };
      if (this.socket.isPaused()) this.socket.resume();
    });
  }

  write(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
    return new Promise((resolve, reject) => {
      this.socket.write(bytes, (error) => error ? reject(error) : resolve(bytes.length));
    });
  }

  setNoDelay(): void {
    this.socket.setNoDelay(true);
  }

  setKeepAlive(): void {
    this.socket.setKeepAlive(true);
  }

  close(): void {
    this.socket.destroy();
  }

  #receive(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    const reader = this.#reader;
    if (reader === undefined) return void this.socket.pause();
    this.#reader = undefined;
    reader.resolve(this.#take(reader.buffer));
  }

  #take(buffer: Uint8Array): number {
    const [chunk] = this.#chunks;
    const count = Math.min(chunk.length, buffer.length);
    buffer.set(count === chunk.length ? chunk : chunk.subarray(0, count));
    if (count === chunk.length) this.#chunks.shift();
    else this.#chunks[0] = chunk.subarray(count);
    return count;
  }

  #end(): void {
    this.#hasEnded = true;
    this.#reader?.resolve(null);
    this.#reader = undefined;
  }

  #fail(error: Error): void {
    // An error at closing does not count if the stream had already ended properly.
    if (!this.#hasEnded) this.#failure ??= error;
    this.#reader?.reject(error);
    this.#reader = undefined;
  }
}

function endpointOf(path: string | undefined, hostname = "", port = 0): Endpoint {
  return path === undefined ? { hostname, port } : { path };
}
