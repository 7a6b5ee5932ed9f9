/**
 * Opens the sockets that clients connect to, and serves each connection by a loop of its own.
 *
 * @module
 */
import type { User } from "../acl/user.ts";
import type { Client } from "../clients/client.ts";
import type { Config } from "../config/config.ts";
import type { Clock } from "../ports/clock.ts";
import type { Connection } from "../ports/connection.ts";
import type { Host } from "../ports/host.ts";
import { type Listener, type Network, NetworkError, type Socket } from "../ports/network.ts";
import type { Outbox } from "../session/outbox.ts";
import type { Log } from "../telemetry/log.ts";
import { FirstRequests } from "./first_requests.ts";
import { type RequestProcessor, serveClient } from "./serve_client.ts";
import { SocketConnection } from "./socket_connection.ts";
import { readTlsKeys } from "./tls_keys.ts";

/** The listeners of one kind: `tcp`, `unix` or `tls`. */
export interface ListenerInfo {
  readonly name: string;
  readonly addresses: readonly string[];
  /** The port; 0 for a kind without ports. */
  readonly port: number;
}

/** What listeners need of their server. */
export interface SocketServer {
  readonly loop: RequestProcessor;
  readonly clock: Clock;
  readonly config: Config;
  readonly host: Host;
  readonly log: Log;
  readonly outbox: Outbox;
  /** The TCP port and all listeners, for INFO. */
  port: number;
  listeners: readonly ListenerInfo[];
  /** Makes a client of a new connection, which acts for `user` if that is given; undefined if it is refused. */
  connect(connection: Connection, user?: User): Client | undefined;
  /** Takes back the memory of replies that are sent. */
  recycle(bytes: Uint8Array<ArrayBuffer>): void;
}

/** Thrown if an address cannot be listened on; the message is for people. */
export class ListenError extends Error {
  override name = "ListenError";
}

/** The sockets that a server listens on. */
export class Listeners {
  #tcp: Listener[] = [];
  #tls: Listener[] = [];
  #unix: Listener | undefined;
  readonly #firstRequests: FirstRequests;
  readonly #recycle = (bytes: Uint8Array<ArrayBuffer>) => this.server.recycle(bytes);
  readonly #loops = new Set<Promise<void>>();
  /** Of each listener that still accepts. */
  readonly #accepting = new Set<Promise<void>>();

  constructor(private readonly server: SocketServer, private readonly network: Network) {
    this.#firstRequests = new FirstRequests((run) => network.afterRound(run));
  }

  /** The TCP port that is listened on; 0 if none. */
  get port(): number {
    return this.#tcp.length === 0 ? 0 : portOf(this.#tcp[0]);
  }

  /** Whether nothing is listened on. */
  get isEmpty(): boolean {
    return this.#tcp.length + this.#tls.length === 0 && this.#unix === undefined;
  }

  /** Opens what the configuration asks for; throws a {@link ListenError} if an address cannot be listened on. */
  open(): void {
    const { config } = this.server;
    if (config.number("port") !== 0) this.openTcp(config.number("port"));
    this.openTls(config.number("tls-port"));
    const path = config.text("unixsocket");
    if (path !== "") this.#openUnix(path, config.number("unixsocketperm"));
  }

  /** Listens on `port` of every address of `bind`, and no longer where it listened before. Port 0 takes a free port. */
  openTcp(port: number): void {
    this.#tcp = this.#replace(this.#tcp, port, (...address) => this.network.listen(...address));
    this.server.port = this.port;
    this.#describe();
  }

  /** As {@link openTcp}, for TLS; port 0 means no TLS. Throws a `ConfigError` if the configuration asks for something that cannot be done. */
  openTls(port: number): void {
    const { config, host } = this.server;
    const keys = port === 0 ? undefined : readTlsKeys(config, host);
    this.#tls = keys === undefined
      ? this.#replace(this.#tls, 0, undefined)
      : this.#replace(this.#tls, port, (...address) => this.network.listen(...address, keys));
    this.#describe();
  }

  /** Tells the server which listeners there are. */
  #describe(): void {
    const path = this.#unix === undefined ? [] : [this.server.config.text("unixsocket")];
    this.server.listeners = [
      { name: "tcp", addresses: hostnames(this.#tcp), port: this.port },
      { name: "unix", addresses: path, port: 0 },
      { name: "tls", addresses: hostnames(this.#tls), port: this.server.config.number("tls-port") },
    ].filter(({ addresses }) => addresses.length > 0);
  }

  /** Opens sockets on every address of `bind`, or none without `open`. When all are open, the old ones are closed. */
  #replace(
    old: readonly Listener[],
    port: number,
    open: ((hostname: string, port: number) => Listener) | undefined,
  ): Listener[] {
    const opened: Listener[] = [];
    const addresses = open === undefined ? [] : this.server.config.text("bind").split(" ");
    try {
      for (const address of addresses) {
        if (address === "") continue;
        // A minus means that the machine need not have the address.
        const isOptional = address.startsWith("-");
        const hostname = wildcard(isOptional ? address.slice(1) : address);
        const samePort = opened.length === 0 ? port : portOf(opened[0]);
        try {
          opened.push(open!(hostname, samePort));
        } catch (error) {
          const isInUse = error instanceof NetworkError && error.fault === "AddressInUse";
          // "::" may take the IPv4 port as well; then "*" already serves it.
          const isCovered = isInUse && hostname === "::" && opened.length > 0;
          if (!isCovered && (!isOptional || isInUse)) throw describe(error, hostname, samePort);
        }
      }
    } catch (error) {
      for (const listener of opened) listener.close();
      throw error;
    }
    for (const listener of old) listener.close();
    for (const listener of opened) this.#accept(listener);
    return opened;
  }

  /** Stops listening; connections go on. */
  close(): void {
    for (const listener of [...this.#tcp, ...this.#tls]) listener.close();
    this.#tcp = [];
    this.#tls = [];
    if (this.#unix !== undefined) {
      this.#unix.close();
      this.server.host.removeFile(this.server.config.text("unixsocket"));
      this.#unix = undefined;
    }
  }

  /** Resolves when no connection is left, and closed listeners have given their ports back. */
  async finished(): Promise<void> {
    await Promise.all(this.#accepting);
    await Promise.all(this.#loops);
  }

  #accept(listener: Listener): void {
    const accepting: Promise<void> = this.#serve(listener).finally(() =>
      this.#accepting.delete(accepting)
    );
    this.#accepting.add(accepting);
  }

  #openUnix(path: string, mode: number): void {
    const { host } = this.server;
    host.removeFile(path);
    try {
      this.#unix = this.network.listenUnix(host.resolve(path));
    } catch (error) {
      throw new ListenError(`Failed opening Unix socket: bind: ${(error as Error).message}`);
    }
    if (mode !== 0) host.setMode(path, mode);
    this.#accept(this.#unix);
    this.#describe();
  }

  /** Serves connections until the listener is closed. A failed accept (too many open files, a peer that left) is logged and survived. */
  async #serve(listener: Listener): Promise<void> {
    const { clock, log } = this.server;
    for (;;) {
      try {
        for await (const socket of listener) this.accept(socket);
        return;
      } catch (error) {
        log.warning(`Accepting client connection: ${(error as Error).message}`);
        await new Promise<void>((resolve) => clock.after(50, resolve));
      }
    }
  }

  /** Serves a connection, for `user` if it has authenticated already. Returns its client; undefined if it is refused. */
  accept(socket: Socket, user?: User): Client | undefined {
    const { server } = this;
    const connection = new SocketConnection(socket, this.#recycle, server.outbox);
    const client = server.connect(connection, user);
    if (client === undefined) return undefined;
    if (server.config.number("tcp-keepalive") > 0) connection.keepAlive();
    const loop: Promise<void> = this.#serveClient(socket, client).finally(() =>
      this.#loops.delete(loop)
    );
    this.#loops.add(loop);
    return client;
  }

  async #serveClient(socket: Socket, client: Client): Promise<void> {
    this.#firstRequests.add(client.id);
    await serveClient(socket, client, this.server.loop, this.#firstRequests);
    this.#firstRequests.delete(client.id);
  }
}

function hostnames(listeners: readonly Listener[]): string[] {
  return listeners.map(({ endpoint }) => "hostname" in endpoint ? endpoint.hostname : "");
}

function portOf({ endpoint }: Listener): number {
  return "port" in endpoint ? endpoint.port : 0;
}

function wildcard(address: string): string {
  if (address === "*") return "0.0.0.0";
  return address === "::*" ? "::" : address;
}

function describe(error: unknown, hostname: string, port: number): ListenError {
  const reason = error instanceof Error ? error.message : String(error);
  return new ListenError(
    `Could not create server TCP listening socket ${hostname}:${port}: ${reason}`,
  );
}
