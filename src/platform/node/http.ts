/**
 * HTTP of node:http.
 *
 * @module
 */
import * as http from "node:http";
import * as net from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream as NodeReadableStream } from "node:stream/web";
import type { Http, HttpHandler, HttpServer, UpgradedRequest } from "../../ports/http.ts";
import { NetworkError } from "../../ports/network.ts";
import { listenNow } from "./network.ts";

/** A request's headers must have come in this time, and all of it in the other. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 60_000;

/** HTTP as Node serves it. */
export class NodeHttp implements Http {
  serve(hostname: string, port: number, handler: HttpHandler): HttpServer {
    if (net.isIP(hostname) === 0) {
      throw new NetworkError("Other", `'${hostname}' is no address: names are not looked up here`);
    }
    const options = { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS };
    const server = http.createServer(options, (request, response) => {
      answer(request, response, handler).catch(() => response.destroy());
    });
    // That a port is taken is reported twice, here and by the exception.
    server.on("error", () => {});
    listenNow(server, hostname, port);
    const address = server.address() as net.AddressInfo;
    return {
      endpoint: { hostname: address.address, port: address.port },
      close: () =>
        new Promise((resolve) => {
          server.close(() => resolve());
          server.closeIdleConnections();
        }),
    };
  }

  /** Node has no WebSocket server of its own, and this program has no dependency at run time. */
  upgrade(): UpgradedRequest | undefined {
    return undefined;
  }
}

async function answer(
  incoming: http.IncomingMessage,
  outgoing: http.ServerResponse,
  handler: HttpHandler,
): Promise<void> {
  const request = requestOf(incoming);
  if (request === undefined) return void outgoing.writeHead(400).end();
  const { remoteAddress = "", remotePort = 0 } = incoming.socket;
  const response = await handler(request, { hostname: remoteAddress, port: remotePort });
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  if (response.body === null) return void outgoing.end();
  await pipeline(Readable.fromWeb(response.body as NodeReadableStream), outgoing);
}

/** The request as `fetch` has it; undefined if it cannot be one. */
function requestOf(incoming: http.IncomingMessage): Request | undefined {
  const { headers, method = "GET", url = "/" } = incoming;
  const hasBody = method !== "GET" && method !== "HEAD";
  const body = hasBody ? Readable.toWeb(incoming) as ReadableStream<Uint8Array> : null;
  try {
    return new Request(`http://${headers.host ?? "localhost"}${url}`, {
      method,
      headers: headers as Record<string, string>,
      ...(hasBody ? { body, duplex: "half" } : {}),
    } as RequestInit);
  } catch {
    return undefined;
  }
}
