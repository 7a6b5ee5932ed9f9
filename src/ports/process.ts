/**
 * The process as a port: what the program needs of it. A server that is embedded in another program needs none of this.
 *
 * @module
 */

/** Signals that ask for the end. */
export type EndSignal = "SIGINT" | "SIGTERM";

/** A program that this one has started. It has the same standard input and outputs. */
export interface Child {
  /**
   * Resolves at its end with its exit code, which is 128 and the signal's number if a signal has ended it. Rejects with the system's reason
   * if it could not be started.
   */
  readonly ended: Promise<number>;
  /** Sends it a signal; does nothing if it has ended. */
  signal(signal: EndSignal): void;
}

/** The process that the program runs in. */
export interface Process {
  /** Calls `run` whenever the signal comes, in place of the system's default action. A signal that the system does not know never comes. */
  onSignal(signal: EndSignal, run: () => void): void;
  /** Resolves with all that comes on standard input. */
  readInput(): Promise<Uint8Array>;
  /** Writes to standard output; returns when everything is written. What nobody reads any more is dropped. */
  writeOutput(bytes: Uint8Array): void;
  /** Whether a person at a terminal has started it. The terminal sends its signals to all programs that it runs. */
  readonly isAtTerminal: boolean;
  /** Starts a program by its name and arguments, with environment variables besides those of this process. */
  start(words: readonly string[], variables: Readonly<Record<string, string>>): Child;
  /** Gives up the right to start programs, for good, where the runtime knows such a right. */
  renounceStarting(): void;
  /** Ends the process at once. */
  exit(code: number): never;
}
