/**
 * Why a client's next request may not run yet.
 *
 * Several causes can hold a client at once: a client that waits for keys may also have stopped reading its replies. So the causes are bits.
 * Whoever knows a cause sets and clears its bit, and the client goes on when the last bit is gone.
 *
 * @module
 */

/** The causes, as bits of `Client.holds`. */
export const Hold = {
  /** A request of the client waits for keys, or for another server's answer. */
  Request: 1 << 0,
  /** CLIENT PAUSE is in force, or the server does something that must not be disturbed. */
  Pause: 1 << 1,
  /** The client does not read its replies. */
  Output: 1 << 2,
  /** The client has had its turn, and others have not. */
  Turn: 1 << 3,
  /** A test delays the client's next request. */
  Fault: 1 << 4,
} as const;

/** The outcome of a request: its reply is written, or it waits and will run again. */
export type Outcome = "done" | "waits";
