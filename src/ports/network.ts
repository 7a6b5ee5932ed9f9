/**
 * Sockets as a port: what a platform supplies of the network. How connections are served is written once, over this.
 *
 * @module
 */

/** One end of a connection. */
export type Endpoint =
  | { readonly hostname: string; readonly port: number }
  | { readonly path: string };

/** A connected socket. */
export interface Socket {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /** Fills `buffer` with what has come; resolves with how many bytes that are, or null at the end. One read at a time. Rejects if the connection fails. */
  read(buffer: Uint8Array<ArrayBuffer>): Promise<number | null>;
  /** Resolves with how many of the bytes the system has taken. One write at a time. Rejects if the connection fails. */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<number>;
  /** Lets small writes go out at once. */
  setNoDelay(): void;
  /** Lets the system notice a peer that is gone without a word. */
  setKeepAlive(): void;
  /** Closes at once; reads and writes that wait are rejected. May be called again. */
  close(): void;
}

/**
 * A socket that is listened on. Iterating accepts connections, and ends when the listener is closed. A failed accept (too many open files)
 * throws; one may iterate again.
 */
export interface Listener extends AsyncIterable<Socket> {
  /** Where it listens, with the port that it got. */
  readonly endpoint: Endpoint;
  /** Stops listening; connections go on. */
  close(): void;
}

/** A certificate and its key, in PEM. */
export interface TlsKeys {
  readonly cert: string;
  readonly key: string;
}

/** The network under the server. */
export interface Network {
  /** Listens by TCP, or by TLS if there are keys; port 0 is a free one. Throws {@link NetworkError}. */
  listen(hostname: string, port: number, tls?: TlsKeys): Listener;
  /** Listens on a unix socket. Throws {@link NetworkError}. */
  listenUnix(path: string): Listener;
  /**
   * Calls `run` when what the system has reported together has been read, and before it is asked again: at the end of a round. A platform that
   * reports sockets one by one still has such a point.
   */
  afterRound(run: () => void): void;
}

/** Why the network refused. */
export type NetworkFault = "AddressInUse" | "ConnectionRefused" | "Other";

/** The system refused something; the message is its reason. */
export class NetworkError extends Error {
  override name = "NetworkError";

  constructor(readonly fault: NetworkFault, message: string) {
    super(message);
  }
}
