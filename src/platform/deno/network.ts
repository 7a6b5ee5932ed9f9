/**
 * The network under Deno.
 *
 * @module
 */
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

/** The network as Deno shows it. */
export class DenoNetwork implements Network {
  listen(hostname: string, port: number, tls?: TlsKeys): Listener {
    const address = { hostname, port };
    return open(() =>
      tls === undefined ? Deno.listen(address) : Deno.listenTls({ ...address, ...tls })
    );
  }

  listenUnix(path: string): Listener {
    return open(() => Deno.listen({ transport: "unix", path }));
  }

  afterRound(run: () => void): void {
    // All reads that are reported together finish in one go, and microtasks come after them.
    queueMicrotask(run);
  }
}

/** Connects by TCP, or by TLS if it is said whom to trust. Rejects with a {@link NetworkError}. */
export async function connectSocket(
  hostname: string,
  port: number,
  tls?: TlsTrust,
): Promise<Deno.Conn> {
  try {
    if (tls === undefined) return await Deno.connect({ hostname, port });
    const connection = await Deno.connectTls({
      hostname,
      port,
      caCerts: tls.authorities === "" ? [] : [tls.authorities],
      ...tls.keys,
    });
    await connection.handshake();
    return connection;
  } catch (error) {
    throw networkError(error);
  }
}

function open(listen: () => Deno.Listener): Listener {
  try {
    return new DenoListener(listen());
  } catch (error) {
    throw networkError(error);
  }
}

/** Turns an error of Deno into a {@link NetworkError}. */
export function networkError(error: unknown): NetworkError {
  return new NetworkError(faultOf(error), error instanceof Error ? error.message : String(error));
}

function faultOf(error: unknown): NetworkFault {
  if (error instanceof Deno.errors.AddrInUse) return "AddressInUse";
  return error instanceof Deno.errors.ConnectionRefused ? "ConnectionRefused" : "Other";
}

class DenoListener implements Listener {
  readonly endpoint: Endpoint;

  constructor(private readonly listener: Deno.Listener) {
    this.endpoint = endpointOf(listener.addr);
  }

  close(): void {
    this.listener.close();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Socket> {
    try {
      for await (const connection of this.listener) yield new DenoSocket(connection);
    } catch (error) {
      // The listener was closed while it waited to accept.
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }
}

class DenoSocket implements Socket {
  constructor(private readonly connection: Deno.Conn) {}

  get local(): Endpoint {
    return endpointOf(this.connection.localAddr);
  }

  get remote(): Endpoint {
    return endpointOf(this.connection.remoteAddr);
  }

  read(buffer: Uint8Array<ArrayBuffer>): Promise<number | null> {
    return this.connection.read(buffer);
  }

  write(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
    return this.connection.write(bytes);
  }

  setNoDelay(): void {
    if (isTcp(this.connection)) this.connection.setNoDelay(true);
  }

  setKeepAlive(): void {
    if (isTcp(this.connection)) this.connection.setKeepAlive(true);
  }

  close(): void {
    try {
      this.connection.close();
    } catch {
      // The peer has closed the connection already.
    }
  }
}

function isTcp(connection: Deno.Conn): connection is Deno.TcpConn {
  return "setNoDelay" in connection;
}

/** Where an address of Deno is. */
export function endpointOf(address: Deno.Addr): Endpoint {
  if ("hostname" in address) return { hostname: address.hostname, port: address.port };
  return { path: "path" in address ? address.path : "" };
}
