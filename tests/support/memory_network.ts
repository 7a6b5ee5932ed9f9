/**
 * A network in memory: servers reach each other by their ports, over links that break after as many bytes as the test says.
 *
 * @module
 */
import type { OutgoingConnection } from "../../src/ports/outgoing.ts";
import { NetworkError } from "../../src/ports/network.ts";
import type { RawSession } from "../../src/session/raw_session.ts";
import type { LocalServer } from "./local_server.ts";
import { MemoryHost } from "./memory_host.ts";

/** Servers by port. */
export class MemoryNetwork {
  readonly #servers = new Map<number, LocalServer>();
  readonly #links = new Set<MemoryLink>();
  /** How many bytes the next link brings before it breaks. */
  linkBytes: () => number = () => Infinity;

  /** Lets a server be reached. */
  open(port: number, server: LocalServer): void {
    this.#servers.set(port, server);
  }

  /** Ends a server: it cannot be reached any more, and its links break. */
  close(port: number): void {
    this.#servers.delete(port);
    for (const link of this.#links) if (link.from === port || link.to === port) link.cut();
  }

  /** Breaks all links. */
  cutAll(): void {
    for (const link of this.#links) link.cut();
  }

  connect(from: number, to: number): Promise<OutgoingConnection> {
    const server = this.#servers.get(to);
    if (server === undefined) {
      return Promise.reject(new NetworkError("ConnectionRefused", "Connection refused"));
    }
    const link = new MemoryLink(from, to, server, this.linkBytes(), () => this.#links.delete(link));
    this.#links.add(link);
    return Promise.resolve(link);
  }
}

class MemoryLink implements OutgoingConnection {
  readonly #session: RawSession;
  #pieces: (Uint8Array | undefined)[] = [];
  #receiver: PromiseWithResolvers<Uint8Array | undefined> | undefined;
  #isCut = false;

  constructor(
    readonly from: number,
    readonly to: number,
    server: LocalServer,
    private bytesLeft: number,
    private readonly onCut: () => void,
  ) {
    this.#session = server.server.rawSession({
      receive: (pieces) => pieces.forEach((piece) => this.#deliver(piece)),
      closed: () => this.cut(),
    });
  }

  send(bytes: Uint8Array): Promise<void> {
    if (this.#isCut) return Promise.reject(new NetworkError("Other", "Broken pipe"));
    this.#session.send(bytes);
    this.#session.endRound();
    return Promise.resolve();
  }

  receive(): Promise<Uint8Array | undefined> {
    if (this.#pieces.length > 0) return Promise.resolve(this.#pieces.shift());
    this.#receiver = Promise.withResolvers();
    return this.#receiver.promise;
  }

  close(): void {
    this.cut();
    this.#receiver?.reject(new NetworkError("Other", "The connection is closed"));
    this.#receiver = undefined;
  }

  /** What has arrived stays; nothing more comes. */
  cut(): void {
    if (this.#isCut) return;
    this.#isCut = true;
    this.onCut();
    this.#session.close();
    this.#hand(undefined);
  }

  #deliver(piece: Uint8Array): void {
    if (this.#isCut) return;
    const part = piece.slice(0, this.bytesLeft);
    this.bytesLeft -= part.length;
    if (part.length > 0) this.#hand(part);
    if (this.bytesLeft === 0) this.cut();
  }

  #hand(piece: Uint8Array | undefined): void {
    if (this.#receiver === undefined) this.#pieces.push(piece);
    else this.#receiver.resolve(piece);
    this.#receiver = undefined;
  }
}

/** The machine of a server in the network. */
export class NetworkHost extends MemoryHost {
  constructor(
    private readonly network: MemoryNetwork,
    private readonly port: number,
    files: ReadonlyMap<string, Uint8Array> = new Map(),
  ) {
    super(files);
  }

  override connect(_hostname?: string, port?: number): Promise<never> {
    return this.network.connect(this.port, port!) as Promise<never>;
  }
}
