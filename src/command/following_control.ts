/**
 * Following a primary, as commands see it.
 *
 * @module
 */

/** Where a primary is. */
export interface PrimaryAddress {
  readonly host: string;
  readonly port: number;
}

/** How far a replica is in following its primary; see `replication/primary_link.ts`. */
export type LinkState = "connect" | "connecting" | "handshake" | "sync" | "connected";

/** The link of a replica to its primary. */
export interface LinkFigures {
  readonly address: PrimaryAddress;
  readonly state: LinkState;
  /** When something last came from the primary, in milliseconds since 1970. */
  readonly lastInputMs: number;
  /** Since when the link has been down, in milliseconds since 1970; 0 if it is up or has never been. */
  readonly downSinceMs: number;
  /** The numbers of the last bytes that were applied, and that have come. */
  readonly appliedOffset: number;
  readonly readOffset: number;
  /** The transfer of all data that is running: bytes in all (0 if that is not known), and bytes that have come. */
  readonly sync:
    | { readonly progress: { readonly totalBytes: number; readonly readBytes: number } }
    | undefined;
}

/** Whom a server follows. */
export interface FollowingControl {
  /** The link to the primary; undefined on a primary. */
  readonly link: LinkFigures | undefined;
  /** Makes the server a replica. */
  follow(address: PrimaryAddress): void;
  /** Makes a replica a primary. */
  unfollow(): void;
  /** Tells the primary, if there is one, how far this server is. */
  acknowledge(): void;
}
