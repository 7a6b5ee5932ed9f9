/** Where bytes go that somebody makes piece by piece: a file that gets its name at the end, or the link to a replica. */
export interface ByteSink {
  /**
   * Takes a piece, which is valid during the call, whether it has caught up with those before or not. Throws with the reason if it cannot take
   * any more; then it is to be aborted.
   */
  write(bytes: Uint8Array): void;
  /**
   * Undefined if more may come at once; otherwise what resolves when it has caught up with what it was handed, and rejects with the reason if it
   * never will. A sink without this method takes everything at once.
   */
  caughtUp?(): Promise<void> | undefined;
  /** The last piece was taken: resolves when all of it is where it belongs, rejects with the reason if that fails. */
  finish(): Promise<void>;
  /** Gives up, and leaves nothing behind. */
  abort(): void;
}
