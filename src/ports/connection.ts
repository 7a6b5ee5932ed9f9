/**
 * What a client's state needs of its socket. Sockets and sessions have one each; tests may bring their own.
 *
 * @module
 */

/** The far end of a client. */
export interface Connection {
  /** Address of the peer: `ip:port`, or `path:0` for a unix socket. */
  readonly remoteAddress: string;
  /** Address that the peer connected to. */
  readonly localAddress: string;
  /** Whether it came in over a unix socket. */
  readonly isUnix: boolean;
  /** Whether the peer is on this machine. */
  readonly isLocal: boolean;
  /** Bytes taken by {@link send} and not yet taken by the system. */
  readonly pendingBytes: number;
  /** Queues bytes for sending, in order. The memory goes back to the server's reply writer when they are sent. */
  send(bytes: Uint8Array<ArrayBuffer>): void;
  /** Resolves when all queued bytes are sent; with false if the connection has failed or was closed. */
  drained(): Promise<boolean>;
  /** Closes at once; queued bytes are dropped. */
  close(): void;
}
