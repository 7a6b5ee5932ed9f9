/**
 * Why a client's next request may not run yet.
 *
 * Several causes can hold a client at once: one that waits for keys may also have stopped to read its replies. So they are bits, each
 * set and cleared by whoever knows of that cause, and the client goes on when the last one is gone.
 *
 * @module
 */

/** The causes, as bits of `Client.holds`. */
export const Hold = {
  /** A request of it waits: for keys, or for another server's answer. */
  Request: 1 << 0,
  /** CLIENT PAUSE is in force, or something goes on that nobody may disturb. */
  Pause: 1 << 1,
  /** It does not read its replies. */
  Output: 1 << 2,
  /** It has had its turn, and others have not. */
  Turn: 1 << 3,
} as const;

/** What came of a request: its reply is written, or it waits and is to be run again. */
export type Outcome = "done" | "waits";
