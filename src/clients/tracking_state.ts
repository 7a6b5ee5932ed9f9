/**
 * How one client tracks the keys that it caches.
 *
 * @module
 */

/** How a client tracks keys. */
export interface TrackingMode {
  /** Id of the client that is told in its place; 0 for the client itself. */
  readonly redirect: number;
  /** The prefixes of the keys that it is told of (BCAST); undefined if it is told of the keys that it reads. */
  readonly prefixes: readonly string[] | undefined;
  /** Whether only keys read after CLIENT CACHING YES are remembered. */
  readonly optIn: boolean;
  /** Whether keys read after CLIENT CACHING NO are not remembered. */
  readonly optOut: boolean;
  /** Whether it is not told of its own changes. */
  readonly noLoop: boolean;
}

/** The state of a client's tracking. */
export interface TrackingState extends TrackingMode {
  /** What CLIENT CACHING has said about the next command. */
  caching: boolean | undefined;
  /** Whether the client that should be told in its place is gone. */
  isRedirectBroken: boolean;
  /** Estimated memory of the prefixes, in bytes. */
  readonly memoryBytes: number;
}
