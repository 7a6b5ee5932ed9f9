/**
 * Sockets of node:net and node:tls.
 *
 * @module
 */
import * as net from "node:net";
import * as tls from "node:tls";
import { getSystemErrorName } from "node:util";
import {
  type Endpoint,
  type Listener,
  type Network,
  NetworkError,
  type NetworkFault,
  type Socket,
  type TlsKeys,
  type TlsTrust,
} from "../../ports/network.ts";
import { NodeSocket } from "./socket.ts";

/** How many connections may wait to be accepted: Node's own default. */
const BACKLOG = 511;
/** libuv's flag for an IPv6 address that does not accept IPv4 connections. */
const IPV6_ONLY = 1;

/** Binds a socket at once; returns it, or the system's error number. Node does not document this function, and Bun does not have it. */
type CreateServerHandle = (
  address: string,
  port: number,
  family: number,
  fd: undefined,
  flags: number,
) => number | object;

const createServerHandle = (net as unknown as { _createServerHandle?: CreateServerHandle })
  ._createServerHandle;

/** The network as Node shows it. */
export class NodeNetwork implements Network {
  listen(hostname: string, port: number, keys?: TlsKeys): Listener {
    if (net.isIP(hostname) === 0) {
      throw new NetworkError("Other", `'${hostname}' is no address: names are not looked up here`);
    }
    const server = keys === undefined
      ? net.createServer({ allowHalfOpen: true })
      : tls.createServer({ ...keys, allowHalfOpen: true, minVersion: "TLSv1.2" });
    const listener = new NodeListener(
      server,
      keys === undefined ? "connection" : "secureConnection",
    );
    listenNow(server, hostname, port);
    return listener;
  }

  listenUnix(path: string): Listener {
    const server = net.createServer({ allowHalfOpen: true });
    const listener = new NodeListener(server, "connection", path);
    server.listen(path);
    if (!server.listening) throw new NetworkError("Other", `cannot listen on ${path}`);
    return listener;
  }

  afterRound(run: () => void): void {
    // Node runs microtasks between the sockets that are reported together, and immediates after all of them.
    setImmediate(run);
  }
}

/** Connects by TCP, or by TLS if it is said whom to trust. Rejects with a {@link NetworkError}. */
export function connectSocket(hostname: string, port: number, trust?: TlsTrust): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const address = { host: hostname, port, allowHalfOpen: true };
    const socket = trust === undefined ? net.connect(address) : tls.connect({
      ...address,
      ...(net.isIP(hostname) === 0 ? { servername: hostname } : {}),
      ca: trust.authorities || undefined,
      ...trust.keys,
    });
    const refuse = (error: Error & { code?: string }) =>
      reject(new NetworkError(faultOf(error.code), error.message));
    socket.once("error", refuse);
    socket.once(trust === undefined ? "connect" : "secureConnect", () => {
      socket.off("error", refuse);
      resolve(new NodeSocket(socket));
    });
  });
}

/**
 * Listens before it returns. `Server.listen` by itself looks the address up first, even if there is nothing to look up, and reports a
 * failure only after CONFIG SET has replied. With a socket that is already bound it listens at once.
 */
export function listenNow(server: net.Server, hostname: string, port: number): void {
  const options = { host: hostname, port, backlog: BACKLOG, ipv6Only: true };
  if (createServerHandle === undefined) server.listen(options);
  else {
    const handle = createServerHandle(hostname, port, net.isIP(hostname), undefined, IPV6_ONLY);
    if (typeof handle === "number") {
      const code = getSystemErrorName(handle);
      throw new NetworkError(faultOf(code), `bind ${code}`);
    }
    server.listen(handle, BACKLOG);
  }
  // The system may report only now that a port is taken.
  if (!server.listening) throw new NetworkError("AddressInUse", "bind EADDRINUSE");
}

function faultOf(code: string | undefined): NetworkFault {
  if (code === "EADDRINUSE") return "AddressInUse";
  return code === "ECONNREFUSED" ? "ConnectionRefused" : "Other";
}

/** A listener, in which accepted connections wait until the iteration takes them. */
class NodeListener implements Listener, AsyncIterator<Socket> {
  readonly #accepted: NodeSocket[] = [];
  #isClosed = false;
  #failure: Error | undefined;
  #waiting: PromiseWithResolvers<void> | undefined;

  constructor(
    private readonly server: net.Server,
    event: "connection" | "secureConnection",
    private readonly path?: string,
  ) {
    server.on(event, (socket: net.Socket) => {
      this.#accepted.push(new NodeSocket(socket, path));
      this.#waiting?.resolve();
    });
    server.on("error", (error) => {
      this.#failure = error;
      this.#waiting?.resolve();
    });
  }

  get endpoint(): Endpoint {
    if (this.path !== undefined) return { path: this.path };
    const address = this.server.address() as net.AddressInfo | null;
    return { hostname: address?.address ?? "", port: address?.port ?? 0 };
  }

  close(): void {
    this.#isClosed = true;
    this.server.close();
    this.#waiting?.resolve();
  }

  [Symbol.asyncIterator](): AsyncIterator<Socket> {
    return this;
  }

  async next(): Promise<IteratorResult<Socket>> {
    for (;;) {
      const socket = this.#accepted.shift();
      if (socket !== undefined) return { value: socket, done: false };
      if (this.#isClosed) return { value: undefined, done: true };
      this.#throwFailure();
      this.#waiting = Promise.withResolvers<void>();
      await this.#waiting.promise;
      this.#waiting = undefined;
    }
  }

  #throwFailure(): void {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure;
  }
}
