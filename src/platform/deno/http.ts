/**
 * HTTP under Deno.
 *
 * @module
 */
import type { Http, HttpHandler, HttpServer, UpgradedRequest } from "../../ports/http.ts";
import type { Endpoint } from "../../ports/network.ts";
import { endpointOf, networkError } from "./network.ts";

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

  upgrade(_request: Request, _remote: Endpoint): UpgradedRequest | undefined {
    return undefined;
  }
}
