/**
 * The addresses at which HTTP is served.
 *
 * @module
 */
import type { Config } from "../config/config.ts";
import { messageOf } from "../lib/error_message.ts";
import type { Http, HttpHandler, HttpServer } from "../ports/http.ts";
import { ListenError } from "../server/listeners.ts";
import { followChanges } from "../server/listening_config.ts";
import type { Log } from "../telemetry/log.ts";

const PORT_REFUSED = "Unable to listen on this port. Check server logs.";
const BIND_REFUSED = "Failed to bind to specified addresses.";

/** What is needed to listen. */
export interface HttpListenersParts {
  readonly config: Config;
  readonly log: Log;
  readonly http: Http;
  readonly handler: HttpHandler;
  /** Called before the first address is listened on. */
  readonly onFirst: () => void;
}

/** Listens where `http-bind` and `http-port` say. */
export class HttpListeners {
  /** By the address that they were opened for. */
  #servers: ReadonlyMap<string, HttpServer> = new Map();
  readonly #closing = new Set<Promise<void>>();
  #hasListened = false;

  constructor(private readonly parts: HttpListenersParts) {}

  /** The port that is listened on; 0 if none. */
  get port(): number {
    const [first] = this.#servers.values();
    return first?.endpoint.port ?? 0;
  }

  /**
   * Listens on `port` of every address of `http-bind`, and no longer elsewhere. Where it listens already it goes on. With `isFree`, port 0 is
   * a free one. Throws a {@link ListenError}, and then changes nothing.
   */
  open(port: number, isFree = false): void {
    const before = this.#servers;
    const servers = new Map<string, HttpServer>();
    const addresses = port === 0 && !isFree ? "" : this.parts.config.text("http-bind");
    let samePort = port;
    for (const word of addresses.split(" ")) {
      if (word === "") continue;
      // A minus means that the machine need not have the address.
      const isOptional = word.startsWith("-");
      const address = wildcard(isOptional ? word.slice(1) : word);
      const kept = before.get(address);
      try {
        const server = kept?.endpoint.port === samePort ? kept : this.#serve(address, samePort);
        servers.set(address, server);
        samePort = server.endpoint.port;
      } catch (error) {
        if (isOptional) continue;
        this.#closeAll(servers, before);
        throw error;
      }
    }
    this.#servers = servers;
    this.#closeAll(before, servers);
    if (servers.size === 0 || this.#hasListened) return;
    this.#hasListened = true;
    this.parts.onFirst();
  }

  /** Opens the addresses again when the configuration changes. */
  follow(): void {
    const { config, log } = this.parts;
    const reopen = () => this.open(config.number("http-port"));
    followChanges(config, log, ["http-port"], reopen, PORT_REFUSED);
    followChanges(config, log, ["http-bind"], () => this.open(this.port), BIND_REFUSED);
  }

  /** Stops listening; answers that are on their way go out. */
  close(): void {
    this.#closeAll(this.#servers, new Map());
    this.#servers = new Map();
  }

  /** Resolves when no answer is on its way any more. */
  async finished(): Promise<void> {
    await Promise.all(this.#closing);
  }

  #serve(address: string, port: number): HttpServer {
    try {
      return this.parts.http.serve(address, port, this.parts.handler);
    } catch (error) {
      throw new ListenError(
        `Could not create HTTP listening socket ${address}:${port}: ${messageOf(error)}`,
      );
    }
  }

  /** Closes those servers that are not among the others. */
  #closeAll(servers: ReadonlyMap<string, HttpServer>, others: ReadonlyMap<string, HttpServer>) {
    for (const [address, server] of servers) {
      if (others.get(address) === server) continue;
      const closing: Promise<void> = server.close().finally(() => this.#closing.delete(closing));
      this.#closing.add(closing);
    }
  }
}

function wildcard(address: string): string {
  if (address === "*") return "0.0.0.0";
  return address === "::*" ? "::" : address;
}
