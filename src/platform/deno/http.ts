/**
 * HTTP under Deno.
 *
 * @module
 */
import type { Clock } from "../../ports/clock.ts";
import type { Http, HttpHandler, HttpServer, UpgradedRequest } from "../../ports/http.ts";
import type { Endpoint } from "../../ports/network.ts";
import { endpointOf, networkError } from "./network.ts";
import { DenoWebSocket } from "./web_socket.ts";

/** HTTP as Deno serves it. */
export class DenoHttp implements Http {
  serve(hostname: string, port: number, handler: HttpHandler): HttpServer {
    try {
      const options = { hostname, port, onListen: () => {}, automaticCompression: false };
      const server = Deno.serve(
        options,
        (request, { remoteAddr }) => handler(request, endpointOf(remoteAddr)),
      );
      const { addr } = server;
      return {
        endpoint: { hostname: addr.hostname, port: addr.port },
        close: () => server.shutdown(),
      };
    } catch (error) {
      throw networkError(error);
    }
  }

  upgrade(request: Request, remote: Endpoint, clock: Clock): UpgradedRequest | undefined {
    try {
      const { socket, response } = Deno.upgradeWebSocket(request);
      return { response, socket: new DenoWebSocket(socket, remote, clock) };
    } catch (error) {
      // The request lacks a header, or it did not come over a socket.
      if (error instanceof TypeError) return undefined;
      throw error;
    }
  }
}
