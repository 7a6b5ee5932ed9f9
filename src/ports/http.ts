/**
 * HTTP as a port. What is served is one function from a request to a response, as `fetch` has them, so it runs wherever such functions do,
 * and a test calls it without a socket.
 *
 * @module
 */
import type { Clock } from "./clock.ts";
import type { Endpoint, Socket } from "./network.ts";

/** Answers a request that came from `remote`. It must not throw. */
export type HttpHandler = (request: Request, remote: Endpoint) => Response | Promise<Response>;

/** An address at which requests are answered. */
export interface HttpServer {
  /** Where it listens, with the port that it got. */
  readonly endpoint: { readonly hostname: string; readonly port: number };
  /** Stops listening, and resolves when the answers that are on their way have gone out or failed. */
  close(): Promise<void>;
}

/** A request that has become a connection of two directions. */
export interface UpgradedRequest {
  /** What the handler returns. */
  readonly response: Response;
  /** The bytes of the messages, one after another. */
  readonly socket: Socket;
}

/** HTTP under the server. */
export interface Http {
  /** Answers requests at an address; port 0 is a free one. Throws a `NetworkError`. */
  serve(hostname: string, port: number, handler: HttpHandler): HttpServer;
  /**
   * Turns a request that asks for it into a WebSocket; undefined if this platform has none, or the request is not in order. The `clock` says
   * when to look whether what was sent has gone.
   */
  upgrade(request: Request, remote: Endpoint, clock: Clock): UpgradedRequest | undefined;
}
