/**
 * Ends the server: at once for SHUTDOWN; after a signal at the next tick of the housekeeping, so that there is a moment in which SHUTDOWN
 * ABORT can cancel it. If there are replicas that lack something, writes are held up, and the end waits for them, `shutdown-timeout` at most.
 *
 * @module
 */
import type { EndingReply } from "../clients/blocked_clients.ts";
import type { Client } from "../clients/client.ts";
import type { ClientRegistry } from "../clients/client_registry.ts";
import type { ShutdownOutcome, ShutdownRequest } from "../command/context.ts";
import { errors } from "../command/errors.ts";
import type { LaggingReplica } from "../command/replication_control.ts";
import type { Config } from "../config/config.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../telemetry/log.ts";

/** The signals that ask a server to end. */
export type ShutdownSignal = "SIGINT" | "SIGTERM";

/** The parts that have work to do before the end. */
export interface ShutdownParts {
  readonly clients: Pick<ClientRegistry, "holdUpWrites" | "letWritesGo">;
  readonly clock: Clock;
  readonly config: Config;
  readonly log: Log;
  readonly persistence: {
    readonly isLoading: boolean;
    /** Saves what has to be saved; returns a message if the server must not end. */
    finish(saves: boolean | undefined, isForced: boolean): string | undefined;
  };
  readonly replication: {
    readonly replicas: { readonly size: number };
    laggingReplicas(): readonly LaggingReplica[];
    askReplicas(): void;
  };
  /** Ends the request of a client that waits. */
  answer(client: Client, write: EndingReply): void;
}

/** The directives that say how each signal ends the server. */
const ORDERS = { SIGINT: "shutdown-on-sigint", SIGTERM: "shutdown-on-sigterm" } as const;

/** A shutdown that waits for replicas. */
interface WaitingShutdown {
  readonly request: ShutdownRequest;
  /** When it waits no longer, in milliseconds since 1970. */
  readonly deadlineMs: number;
  /** Who has asked for it, and is told if nothing comes of it. */
  readonly clients: Client[];
}

/** Ends one server. */
export class Shutdown {
  #scheduled: ShutdownRequest | undefined;
  #waiting: WaitingShutdown | undefined;

  /** `stop` ends the program; it is called after everything was saved. */
  constructor(private readonly parts: ShutdownParts, private readonly stop: () => void) {}

  /** Ends the server, if it can now. `client` has asked for it, and waits for an answer if the outcome is `waits`. */
  begin(request: ShutdownRequest, client?: Client): ShutdownOutcome {
    const { clients, clock, config, log, replication } = this.parts;
    this.#scheduled = undefined;
    if (this.#waiting === undefined) {
      log.notice("User requested shutdown...");
      const waitMs = request.now ? 0 : config.number("shutdown-timeout") * 1000;
      if (waitMs === 0 || replication.laggingReplicas().length === 0) return this.#finish(request);
      this.#waiting = { request, deadlineMs: clock.now() + waitMs, clients: [] };
      replication.askReplicas();
      clients.holdUpWrites(this);
      log.notice("Waiting for replicas before shutting down.");
    }
    if (client !== undefined) this.#waiting.clients.push(client);
    return "waits";
  }

  /** Handles a signal. Returns whether the user insists, so that the program must end at once without saving. */
  signalled(signal: ShutdownSignal): boolean {
    const { config, log, persistence } = this.parts;
    // A second Control-C means that the user does not want to wait.
    if (this.#isAsked && signal === "SIGINT") {
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

  /** Ends the server if a signal has asked for it, or if replicas have what they lacked. Called at every tick. */
  check(): void {
    if (this.#scheduled !== undefined) this.begin(this.#scheduled);
    const { clock, replication } = this.parts;
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    const isOver = clock.now() >= waiting.deadlineMs || replication.laggingReplicas().length === 0;
    if (isOver && this.#finish(waiting.request) === "failed") this.#giveUp(waiting);
  }

  /** Cancels a shutdown that a signal has asked for or that waits; false if there is none. */
  abort(): boolean {
    if (!this.#isAsked) return false;
    this.#scheduled = undefined;
    if (this.#waiting !== undefined) this.#giveUp(this.#waiting);
    this.parts.log.notice("Shutdown manually aborted.");
    return true;
  }

  get #isAsked(): boolean {
    return this.#scheduled !== undefined || this.#waiting !== undefined;
  }

  #finish(request: ShutdownRequest): ShutdownOutcome {
    const { log, persistence } = this.parts;
    this.#reportReplicas();
    if (persistence.finish(request.save, request.force) === undefined) {
      this.stop();
      return "ends";
    }
    log.warning("Errors trying to shut down the server. Check the logs for more information.");
    return "failed";
  }

  #giveUp({ clients }: WaitingShutdown): void {
    this.#waiting = undefined;
    this.parts.clients.letWritesGo(this);
    for (const client of clients) {
      this.parts.answer(client, () => {
        throw errors.shutdownFailed;
      });
    }
  }

  #reportReplicas(): void {
    const { log, replication } = this.parts;
    const { size } = replication.replicas;
    if (size === 0) return;
    const lagging = replication.laggingReplicas();
    for (const { name, bytes, lagSeconds, state } of lagging) {
      log.notice(
        `Lagging replica ${name} reported offset ${bytes} behind master, lag=${lagSeconds}, state=${state}.`,
      );
    }
    log.notice(
      `${size - lagging.length} of ${size} replicas are in sync when shutting down.`,
    );
  }
}
