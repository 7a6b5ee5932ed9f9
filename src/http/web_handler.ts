/**
 * Everything that the server serves over HTTP, as one function from a request to a response. It knows no socket, so it is the same under
 * every platform, and inside a program that has an HTTP server of its own.
 *
 *     Request ─▶ OriginGuard ─▶ Access (token → user) ─▶ RestApi ─▶ a session, as any client
 *                                                     ├▶ WebSocket ─▶ a connection, as any client
 *                                                     └▶ EventStream ─▶ a connection, as any client
 *
 * docs/internals/http.md tells of it.
 *
 * @module
 */
import type { User } from "../acl/user.ts";
import type { Client } from "../clients/client.ts";
import { messageOf } from "../lib/error_message.ts";
import type { Http } from "../ports/http.ts";
import type { Endpoint, Socket } from "../ports/network.ts";
import { RespError } from "../resp/reply_reader.ts";
import { Access, type AccessParts } from "./access.ts";
import { EventStream } from "./event_stream.ts";
import { errorResponse, HttpError } from "./http_error.ts";
import { OriginGuard } from "./origin_guard.ts";
import { RequestUrl } from "./request_url.ts";
import { encoded } from "./request_words.ts";
import { RestApi, type RestParts } from "./rest_api.ts";

const METHODS: ReadonlySet<string> = new Set(["HEAD", "GET", "POST", "PUT"]);
/** The first parts of paths whose responses are streams of events. */
const STREAMS: ReadonlySet<string> = new Set(["subscribe", "psubscribe", "monitor"]);
const SWITCHING_PROTOCOLS = 101;
const NOWHERE: Endpoint = { hostname: "in-process", port: 0 };

/** The parts that answers come from. */
export interface WebParts extends AccessParts, RestParts {}

/** What a handler needs of the platform and of the listeners. */
export interface WebGates extends Pick<Http, "upgrade"> {
  /** Serves a connection that no listener has accepted, for a user if one is known; undefined if it is refused. */
  accept(socket: Socket, user?: User): Client | undefined;
}

/**
 * Answers requests.
 *
 * @internal
 */
export class WebHandler {
  readonly access: Access;
  readonly #guard: OriginGuard;
  readonly #rest: RestApi;

  constructor(private readonly parts: WebParts, private readonly gates: WebGates) {
    this.access = new Access(parts);
    this.#guard = new OriginGuard(parts.config);
    this.#rest = new RestApi(parts);
  }

  /** Answers a request; never rejects. */
  async fetch(request: Request, remote: Endpoint = NOWHERE): Promise<Response> {
    let response: Response;
    try {
      response = await this.#answer(request, remote);
    } catch (error) {
      response = this.#failure(error);
    }
    // This is the platform's, which does not let it be changed.
    if (response.status === SWITCHING_PROTOCOLS) return response;
    this.#guard.expose(request, response);
    // Answers are nobody else's, and compressing them would cost more than to send them.
    response.headers.set("cache-control", "no-store, no-transform");
    if (request.method !== "HEAD") return response;
    return new Response(null, response);
  }

  #answer(request: Request, remote: Endpoint): Response | Promise<Response> {
    const url = new RequestUrl(request.url);
    this.#guard.check(request, url.host);
    if (request.method === "OPTIONS") return this.#guard.preflight(request);
    if (!METHODS.has(request.method)) {
      throw new HttpError(405, "ERR unsupported HTTP method", { allow: [...METHODS].join(", ") });
    }
    if (url.path === "ws") return this.#connect(request, url, remote);
    const user = this.#userOf(request, url, remote);
    const [name] = url.path.split("/", 1);
    if (STREAMS.has(name.toLowerCase())) return this.#stream(request, url, user, remote);
    return this.#rest.answer(request, url, user);
  }

  #userOf(request: Request, url: RequestUrl, remote: Endpoint): User {
    const address = "hostname" in remote ? remote.hostname : remote.path;
    return this.access.userOf(tokenOf(request, url), address);
  }

  /**
   * Makes a request a connection that speaks RESP. Who brings no token authenticates there, if the default user has a password: HTTP lets
   * nobody in who shows nothing.
   */
  #connect(request: Request, url: RequestUrl, remote: Endpoint): Response {
    if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
      throw new HttpError(426, "ERR this is the address of a WebSocket", { upgrade: "websocket" });
    }
    const { acl, clock } = this.parts;
    const isKnown = tokenOf(request, url) !== undefined || acl.defaultUser.needsNoPassword;
    const user = isKnown ? this.#userOf(request, url, remote) : undefined;
    const upgraded = this.gates.upgrade(request, remote, clock);
    if (upgraded === undefined) throw new HttpError(501, "ERR there is no WebSocket here");
    this.gates.accept(upgraded.socket, user);
    return upgraded.response;
  }

  async #stream(
    request: Request,
    url: RequestUrl,
    user: User,
    remote: Endpoint,
  ): Promise<Response> {
    const stream = new EventStream(encoded([url.segments()]), remote);
    if (this.gates.accept(stream, user) === undefined) {
      throw new HttpError(503, "ERR max number of clients reached");
    }
    const first = await stream.first;
    if (first === undefined) throw new HttpError(503, "ERR the server has closed the connection");
    if (first instanceof RespError || request.method === "HEAD") {
      stream.close();
      if (first instanceof RespError) throw new HttpError(400, first.message);
    }
    return new Response(stream.body, { headers: { "content-type": "text/event-stream" } });
  }

  #failure(error: unknown): Response {
    if (error instanceof HttpError) {
      return errorResponse(error.status, error.message, error.headers);
    }
    this.parts.log.warning(`A request of HTTP has failed: ${messageOf(error)}`);
    return errorResponse(500, "ERR internal error");
  }
}

/** The token that a request brings, in its header or, without one, in its query. */
function tokenOf(request: Request, url: RequestUrl): string | undefined {
  const header = request.headers.get("authorization");
  return header === null ? url.parameter("_token") : /^bearer +(\S+) *$/i.exec(header)?.[1] ?? "";
}
