/**
 * The process as a port: what the program needs of it. A server that is embedded in another program needs none of this.
 *
 * @module
 */

/** Signals that ask for the end. */
export type EndSignal = "SIGINT" | "SIGTERM";

/** The process that the program runs in. */
export interface Process {
  /** Calls `run` whenever the signal comes, in place of the system's default action. A signal that the system does not know never comes. */
  onSignal(signal: EndSignal, run: () => void): void;
  /** Resolves with all that comes on standard input. */
  readInput(): Promise<Uint8Array>;
  /** Writes to standard output; returns when everything is written. */
  writeOutput(bytes: Uint8Array): void;
  /** Ends the process at once. */
  exit(code: number): never;
}
