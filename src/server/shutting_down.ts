/**
 * Ending the server: at once when a client asks (SHUTDOWN), at the next tick of the housekeeping after a signal, so that there is a moment in
 * which SHUTDOWN ABORT can take it back.
 *
 * @module
 */
import type { ShutdownRequest } from "../command/context.ts";
import type { Config } from "../config/config.ts";
import type { Log } from "../telemetry/log.ts";

/** Signals that ask a server to end. */
export type ShutdownSignal = "SIGINT" | "SIGTERM";

/** What has to be done before the end. */
export interface ShutdownParts {
  readonly config: Config;
  readonly log: Log;
  readonly persistence: {
    readonly isLoading: boolean;
    /** Saves what has to be saved; returns what prevents the end, if something does. */
    finish(saves: boolean | undefined, isForced: boolean): string | undefined;
  };
}

/** The directives that say how each signal ends it. */
const ORDERS = { SIGINT: "shutdown-on-sigint", SIGTERM: "shutdown-on-sigterm" } as const;

/** Ends one server. */
export class Shutdown {
  #scheduled: ShutdownRequest | undefined;

  /** `stop` makes the program end; called when all that has to be saved is. */
  constructor(private readonly parts: ShutdownParts, private readonly stop: () => void) {}

  /** Ends the server; returns what prevents it, if something does. */
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

  /** Takes note of a signal. Whether the user insists: then the program must end at once, and nothing is saved. */
  signalled(signal: ShutdownSignal): boolean {
    const { config, log, persistence } = this.parts;
    // Control-C, and again: the user does not want to wait.
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

  /** Does what a signal has asked for, if one has. */
  runScheduled(): void {
    if (this.#scheduled !== undefined) this.begin(this.#scheduled);
  }

  /** Takes back what a signal has asked for; false if there is nothing to take back. */
  abort(): boolean {
    if (this.#scheduled === undefined) return false;
    this.#scheduled = undefined;
    this.parts.log.notice("Shutdown manually aborted.");
    return true;
  }
}
