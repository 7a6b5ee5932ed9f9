/**
 * What the server needs of a client's connection. Sockets and sessions implement it; tests may bring their own.
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
  /** Bytes handed to {@link send} that the system has not taken yet. */
  readonly pendingBytes: number;
  /** Queues bytes for sending, in order. When they are sent their memory goes back to the server's reply writer. */
  send(bytes: Uint8Array<ArrayBuffer>): void;
  /** Resolves when all queued bytes are sent; with false if the connection has failed or was closed. */
  drained(): Promise<boolean>;
  /** Closes at once; queued bytes are dropped. */
  close(): void;
}
