/**
 * A server whose HTTP a test calls as a function, without a socket.
 *
 * @module
 */
import type { StartOptions } from "../../src/program/embed.ts";
import { type FrozenServer, startFrozenServer } from "./frozen_server.ts";

/** The tokens of such a server. */
export const TOKEN = "full-token";
export const READ_ONLY_TOKEN = "reading-token";

/** What is sent, besides the path. */
export interface Sent {
  readonly method?: string;
  readonly token?: string;
  /** Sent as it is if it is a text or bytes, as JSON otherwise. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A response, with its text and what it is as JSON. */
export interface Received {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // deno-lint-ignore no-explicit-any
  readonly json: any;
}

/** A server, and a client of its HTTP. */
export interface WebServer extends AsyncDisposable {
  readonly redis: FrozenServer;
  /** Sends a request as a function call. The path begins with a slash; without a body the method is GET. */
  fetch(path: string, sent?: Sent): Promise<Response>;
  /** As {@link fetch}, and reads the response to its end. */
  send(path: string, sent?: Sent): Promise<Received>;
  /** Sends a command in the body; resolves with its result, or rejects with its error. */
  // deno-lint-ignore no-explicit-any
  call(...words: readonly unknown[]): Promise<any>;
}

/** Starts a server for a test of HTTP. */
export async function startWebServer(config: StartOptions = {}): Promise<WebServer> {
  const tokens = { "http-token": TOKEN, "http-read-only-token": READ_ONLY_TOKEN };
  const redis = await startFrozenServer({
    config: { ...tokens, ...config },
    inspectsChanges: true,
  });
  const web: WebServer = {
    redis,
    fetch: (path, sent = {}) => redis.running.web.fetch(requestOf(`http://localhost${path}`, sent)),
    async send(path, sent) {
      const response = await web.fetch(path, sent);
      const text = await response.text();
      return { status: response.status, headers: response.headers, text, json: parsed(text) };
    },
    async call(...words) {
      const { json } = await web.send("/", { body: words });
      if (json.error !== undefined) throw new Error(json.error);
      return json.result;
    },
    [Symbol.asyncDispose]: () => redis[Symbol.asyncDispose](),
  };
  return web;
}

/** A request with the token of {@link startWebServer}, or with another one; `token: ""` means none. */
export function requestOf(url: string, { method, token = TOKEN, body, headers }: Sent): Request {
  const isRaw = typeof body === "string" || body instanceof Uint8Array ||
    body instanceof ReadableStream;
  return new Request(url, {
    method: method ?? (body === undefined ? "GET" : "POST"),
    headers: { ...(token === "" ? {} : { authorization: `Bearer ${token}` }), ...headers },
    ...(body === undefined ? {} : { body: isRaw ? body as BodyInit : JSON.stringify(body) }),
    ...(body instanceof ReadableStream ? { duplex: "half" } : {}),
  } as RequestInit);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
