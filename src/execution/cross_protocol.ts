/**
 * Closes connections that speak HTTP. Any web page can make a browser send a `POST` to a port of the browser's machine, and a server that
 * answered "unknown command" to each header line would run the commands in the body.
 *
 * @module
 */
import type { Client } from "../clients/client.ts";
import type { Log } from "../telemetry/log.ts";
import type { Clock } from "../ports/clock.ts";
import type { Arguments } from "../resp/arguments.ts";

/** The log reports it once in this time, however many connections come. */
const QUIET_MS = 60_000;

/** The guard of one server. */
export class CrossProtocolGuard {
  #lastLoggedMs = -Infinity;

  constructor(private readonly clock: Clock, private readonly log: Log) {}

  /**
   * Closes the client's connection if a request that names no command is the first line or a header of an HTTP request; returns whether it
   * was.
   */
  cutOff(client: Client, args: Arguments): boolean {
    const name = args.quoted(0).toUpperCase();
    if (name !== "POST" && name !== "HOST:") return false;
    const nowMs = this.clock.now();
    if (nowMs - this.#lastLoggedMs > QUIET_MS) {
      this.#lastLoggedMs = nowMs;
      this.log.warning(
        "Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host: " +
          "commands to Redis. This is likely due to an attacker attempting to use Cross Protocol " +
          "Scripting to compromise your Redis instance. " +
          `Connection from ${client.connection.remoteAddress} aborted.`,
      );
    }
    client.close();
    return true;
  }
}
