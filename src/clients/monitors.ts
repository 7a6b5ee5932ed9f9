/**
 * Clients that see every request that is run (MONITOR).
 *
 * @module
 */
import { fromLatin1 } from "../lib/bytes.ts";
import type { Clock } from "../ports/clock.ts";
import { quote } from "../lib/quoted_words.ts";
import type { Arguments } from "../resp/arguments.ts";
import type { Client } from "./client.ts";
import type { Deliver } from "./channels.ts";
import { shownWords } from "../telemetry/shown_words.ts";

/** All clients that monitor. */
export class Monitors {
  readonly #clients = new Set<Client>();

  constructor(private readonly clock: Clock, private readonly deliver: Deliver) {}

  /** How many clients monitor. */
  get size(): number {
    return this.#clients.size;
  }

  /** Shows requests to a client from now on. */
  add(client: Client): void {
    this.#clients.add(client);
    client.isMonitor = true;
  }

  /** Stops showing requests to a client. */
  remove(client: Client): void {
    if (!client.isMonitor) return;
    this.#clients.delete(client);
    client.isMonitor = false;
  }

  /** Shows a request that `client` ran in database `db`: `<seconds>.<microseconds> [<db> <address>] "<word>" ...`. */
  show(client: Client, db: number, args: Arguments, secrets: readonly number[]): void {
    const microseconds = this.clock.nowMicroseconds();
    const fraction = String(microseconds % 1e6).padStart(6, "0");
    const { isUnix, remoteAddress } = client.connection;
    const address = client.runsScript
      ? "lua"
      : isUnix
      ? `unix:${remoteAddress.replace(/:0$/, "")}`
      : remoteAddress;
    const words = shownWords(args, secrets).map((word) => quote(fromLatin1(word)));
    const line = `+${Math.floor(microseconds / 1e6)}.${fraction} [${db} ${address}] ${
      words.join(" ")
    }\r\n`;
    const bytes = fromLatin1(line);
    for (const monitor of this.#clients) {
      // CLIENT REPLY treats these as replies, though they are messages.
      if (!monitor.isMuted) this.deliver(monitor, bytes);
    }
  }
}
