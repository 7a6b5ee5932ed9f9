/**
 * Isolates: further servers beside a server, in its process and with its clock and configuration, so that tests which run at the same time
 * do not meet. Each has everything of its own (keys, channels, scripts, users, clients, counters) and a port of its own, so a server without
 * isolates pays nothing for them.
 *
 * Rejected: databases of its own for each connection. Whatever is not by key (channels, MONITOR, CLIENT LIST, tracking, INFO, CONFIG, the
 * cache of scripts) would have to be divided too, in each part.
 *
 * @module
 */
import type { IsolateControl } from "../command/context.ts";
import { err } from "../command/errors.ts";
import type { Config } from "../config/config.ts";
import { messageOf } from "../lib/error_message.ts";

/** A server that runs, as far as it is known here. */
interface Running {
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * The isolates of one server.
 *
 * @internal
 */
export class Isolates<Server extends Running> implements IsolateControl {
  readonly #servers = new Map<string, Server>();
  /** The ends of those that are closed. */
  readonly #ends = new Set<Promise<void>>();

  /** `start` starts a server for an isolate. */
  constructor(private readonly start: () => Server) {}

  get names(): readonly string[] {
    return [...this.#servers.keys()];
  }

  open(name: string): number {
    try {
      return this.server(name).port;
    } catch (error) {
      throw err(`Cannot start an isolate: ${messageOf(error)}`);
    }
  }

  /** The isolate with this name, which is started if there is none. */
  server(name: string): Server {
    let server = this.#servers.get(name);
    if (server === undefined) this.#servers.set(name, server = this.start());
    return server;
  }

  close(name: string): Promise<void> {
    const server = this.#servers.get(name);
    if (server === undefined) throw err(`No such isolate: '${name}'`);
    this.#servers.delete(name);
    const end = server.stop().finally(() => this.#ends.delete(end));
    this.#ends.add(end);
    return end;
  }

  /** Stops all of them; resolves when they have ended. */
  async stop(): Promise<void> {
    for (const name of this.names) void this.close(name);
    await Promise.all(this.#ends);
  }
}

/** The configuration of an isolate: that of its server, without whatever two servers cannot share. It keeps nothing on disk. */
export function isolatedConfig(config: Config): Config {
  const copy = config.copy();
  copy.file = "";
  copy.assign("port", 0);
  copy.assign("tls-port", 0);
  copy.assign("http-port", 0);
  copy.assign("unixsocket", "");
  copy.assign("save", "");
  copy.assign("appendonly", false);
  copy.assign("replicaof", "");
  copy.assign("cluster-enabled", false);
  return copy;
}
