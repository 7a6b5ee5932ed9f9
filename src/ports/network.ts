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
  /**
   * Reads what has come into `buffer`; resolves with the number of bytes, or null at the end. Rejects if the connection fails. One read at
   * a time.
   */
  read(buffer: Uint8Array<ArrayBuffer>): Promise<number | null>;
  /** Resolves with how many of the bytes the system has taken. One write at a time. Rejects if the connection fails. */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<number>;
  /** Lets small writes go out at once. */
  setNoDelay(): void;
  /** Lets the system notice a peer that has gone without closing the connection. */
  setKeepAlive(): void;
  /** Closes at once; pending reads and writes reject. May be called again. */
  close(): void;
}

/**
 * A socket that is listened on. Iterating accepts connections, and ends when the listener is closed. A failed accept (too many open files)
 * throws; you may iterate again.
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

/** Whom to trust when connecting by TLS. */
export interface TlsTrust {
  /** The certificates of the authorities that may vouch for the other side, in PEM; "" for those that the system trusts. */
  readonly authorities: string;
  /** What this side shows; undefined if it shows nothing. */
  readonly keys: TlsKeys | undefined;
}

/** The network under the server. */
export interface Network {
  /** Listens by TCP, or by TLS if there are keys; port 0 is a free one. Throws {@link NetworkError}. */
  listen(hostname: string, port: number, tls?: TlsKeys): Listener;
  /** Listens on a unix socket. Throws {@link NetworkError}. */
  listenUnix(path: string): Listener;
  /**
   * Calls `run` at the end of a round: when everything that the system has reported together has been read, and before it is asked again. A
   * platform that reports sockets one by one has such a point too.
   */
  afterRound(run: () => void): void;
}

/** Why the network refused. */
export type NetworkFault = "AddressInUse" | "ConnectionRefused" | "Other";

/** Thrown when the system refuses something; the message is its reason. */
export class NetworkError extends Error {
  override name = "NetworkError";

  constructor(readonly fault: NetworkFault, message: string) {
    super(message);
  }
}
