/**
 * Ends the server: at once for SHUTDOWN; after a signal at the next tick of the housekeeping, so that there is a moment in which SHUTDOWN
 * ABORT can cancel it.
 *
 * @module
 */
import type { ShutdownRequest } from "../command/context.ts";
import type { Config } from "../config/config.ts";
import type { Log } from "../telemetry/log.ts";

/** The signals that ask a server to end. */
export type ShutdownSignal = "SIGINT" | "SIGTERM";

/** The parts that have work to do before the end. */
export interface ShutdownParts {
  readonly config: Config;
  readonly log: Log;
  readonly persistence: {
    readonly isLoading: boolean;
    /** Saves what has to be saved; returns a message if the server must not end. */
    finish(saves: boolean | undefined, isForced: boolean): string | undefined;
  };
}

/** The directives that say how each signal ends the server. */
const ORDERS = { SIGINT: "shutdown-on-sigint", SIGTERM: "shutdown-on-sigterm" } as const;

/** Ends one server. */
export class Shutdown {
  #scheduled: ShutdownRequest | undefined;

  /** `stop` ends the program; it is called after everything was saved. */
  constructor(private readonly parts: ShutdownParts, private readonly stop: () => void) {}

  /** Ends the server; returns a message if it cannot. */
  begin(request: ShutdownRequest): string | undefined {
    const { log, persistence } = this.parts;
    this.#scheduled = undefined;
    log.notice("User requested shutdown...");
    const problem = persistence.finish(request.save, request.force);
    if (problem === undefined) this.stop();
    else {
      log.warning("Errors trying to shut down the server. Check the logs for more information.");
    }
    return problem;
  }

  /** Handles a signal. Returns whether the user insists, so that the program must end at once without saving. */
  signalled(signal: ShutdownSignal): boolean {
    const { config, log, persistence } = this.parts;
    // A second Control-C means that the user does not want to wait.
    if (this.#scheduled !== undefined && signal === "SIGINT") {
      log.warning("You insist... exiting now.");
      return true;
    }
    log.warning(
      persistence.isLoading
        ? "Received shutdown signal during loading, scheduling shutdown."
        : `Received ${signal} scheduling shutdown...`,
    );
    const words = config.text(ORDERS[signal]).split(" ");
    this.#scheduled = {
      save: words.includes("save") ? true : words.includes("nosave") ? false : undefined,
      now: words.includes("now"),
      force: words.includes("force"),
    };
    return false;
  }

  /** Ends the server if a signal has asked for it. */
  runScheduled(): void {
    if (this.#scheduled !== undefined) this.begin(this.#scheduled);
  }

  /** Cancels the shutdown that a signal has asked for; false if there is none. */
  abort(): boolean {
    if (this.#scheduled === undefined) return false;
    this.#scheduled = undefined;
    this.parts.log.notice("Shutdown manually aborted.");
    return true;
  }
}
