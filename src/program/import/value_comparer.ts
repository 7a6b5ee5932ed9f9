/**
 * Tells whether two DUMP payloads are the same value. Servers lay out equal values differently, so a server without sockets restores both, and
 * their digests decide.
 *
 * @module
 */
import { Config } from "../../config/config.ts";
import { ConfigLoader } from "../../config/config_file.ts";
import { SystemRandom } from "../../lib/random.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Host } from "../../ports/host.ts";
import { Server } from "../../server/server.ts";
import type { Session } from "../../session/session.ts";

/** What follows the value in a payload: two bytes of version, eight of checksum. */
const FOOTER_BYTES = 10;

/** Compares values. */
export class ValueComparer {
  readonly #server: Server;
  readonly #session: Session;

  constructor(host: Host, clock: Clock) {
    const config = new Config();
    new ConfigLoader(config, host).loadText('save ""\nenable-debug-command yes');
    this.#server = new Server({
      config,
      clock,
      host,
      random: new SystemRandom(),
      logSink: () => {},
    });
    this.#session = this.#server.session();
  }

  /** Whether both payloads are the same value. Throws a `RespError` for one that makes no sense. */
  areEqual(a: Uint8Array, b: Uint8Array): boolean {
    return areSameBytes(withoutFooter(a), withoutFooter(b)) || this.#digest(a) === this.#digest(b);
  }

  /** Ends the server. */
  close(): void {
    this.#server.stop();
  }

  #digest(payload: Uint8Array): string {
    this.#session.callNow("RESTORE", "value", 0, payload, "REPLACE");
    const [digest] = this.#session.callNow("DEBUG", "DIGEST-VALUE", "value") as string[];
    return digest;
  }
}

function withoutFooter(payload: Uint8Array): Uint8Array {
  return payload.subarray(0, Math.max(0, payload.length - FOOTER_BYTES));
}

function areSameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
