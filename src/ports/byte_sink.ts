/** Takes bytes that are made piece by piece: a file that gets its name at the end, or the link to a replica. */
export interface ByteSink {
  /**
   * Takes a piece, even if it is still behind with earlier ones. The bytes are valid only during the call. Throws with the reason if it
   * cannot take any more; then abort it.
   */
  write(bytes: Uint8Array): void;
  /**
   * Undefined if more may come at once. Otherwise a promise that resolves when the sink has caught up with what it was handed, and rejects
   * with the reason if it never will. A sink without this method is never behind.
   */
  caughtUp?(): Promise<void> | undefined;
  /** Call it after the last piece. Resolves when every byte is where it belongs; rejects with the reason if that fails. */
  finish(): Promise<void>;
  /** Gives up, and leaves nothing behind. */
  abort(): void;
}
