/**
 * Handing the role of the primary over, as commands see it.
 *
 * @module
 */
import type { PrimaryAddress } from "./following_control.ts";

/** How far a failover is, in the words of INFO. */
export type FailoverState = "no-failover" | "waiting-for-sync" | "failover-in-progress";

/** What FAILOVER asks for. */
export interface FailoverRequest {
  /** The replica that is to take over; undefined for the first that has the whole stream. */
  readonly target: PrimaryAddress | undefined;
  /** How long to wait for it, in milliseconds; 0 for any time. */
  readonly timeoutMs: number;
  /** Whether it takes over even if it does not have everything when the time is up. */
  readonly isForced: boolean;
}

/** The failover of one server. */
export interface FailoverControl {
  readonly state: FailoverState;
  /** Begins. There must be none. */
  begin(request: FailoverRequest): void;
  /** Ends it, if there is one; the server is the primary then. `reason` is for the log. */
  abort(reason: string): void;
}
