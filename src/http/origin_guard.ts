/**
 * Keeps web pages of others out. A page may make its user's browser send requests to a server on the user's machine, even under the page's
 * own name, if that name is made to stand for the machine's address (DNS rebinding). So the names in `Host` must be known, and a page of
 * another origin must be one of `http-origins`.
 *
 * @module
 */
import type { Config } from "../config/config.ts";
import { HttpError } from "./http_error.ts";

/** Names that stand for this machine everywhere, and addresses, which no page can have as its name. */
const KNOWN_HOST = /^(localhost|[\w-]+\.localhost|\d+\.\d+\.\d+\.\d+|\[[\da-f:.]+\])$/i;
const LOOPBACK = /^(127\.|-?::1$|localhost$)/;

const ALLOWED_HEADERS =
  "authorization, content-type, upstash-encoding, upstash-response-format, upstash-sync-token, " +
  "upstash-telemetry-platform, upstash-telemetry-retry, upstash-telemetry-runtime, upstash-telemetry-sdk";

/** Checks where requests come from. */
export class OriginGuard {
  #hosts: ReadonlySet<string> = new Set();
  #origins: ReadonlySet<string> = new Set();
  /** Whether names in `Host` must be known: not if others than this machine are served and no names are given. */
  #checksHosts = true;

  constructor(config: Config) {
    const chooseHosts = () => {
      this.#hosts = new Set(wordsOf(config.text("http-hosts").toLowerCase()));
      const isLocal = wordsOf(config.text("http-bind")).every((address) => LOOPBACK.test(address));
      this.#checksHosts = !this.#hosts.has("*") && (isLocal || this.#hosts.size > 0);
    };
    config.follow("http-hosts", chooseHosts);
    config.follow("http-bind", chooseHosts);
    config.follow("http-origins", (origins) => this.#origins = new Set(wordsOf(origins)));
  }

  /** Throws an {@link HttpError} if a request must not be answered. `host` is the host that it names, with its port. */
  check(request: Request, host: string): void {
    const name = host.replace(/:\d*$/, "").toLowerCase();
    if (this.#checksHosts && !KNOWN_HOST.test(name) && !this.#hosts.has(name)) {
      throw new HttpError(421, `ERR unknown host '${name}': see the directive http-hosts`);
    }
    const origin = request.headers.get("origin");
    if (origin === null || isSameOrigin(origin, host) || this.#allows(origin)) return;
    throw new HttpError(
      403,
      "ERR the page's origin is not allowed: see the directive http-origins",
    );
  }

  /** The answer to a browser that asks what a page may send. */
  preflight(request: Request): Response {
    const response = new Response(null, {
      status: 204,
      headers: {
        "access-control-allow-methods": "HEAD, GET, POST, PUT",
        "access-control-allow-headers": ALLOWED_HEADERS,
        "access-control-max-age": "600",
      },
    });
    this.expose(request, response);
    return response;
  }

  /** Lets the page that has sent the request read the response. */
  expose(request: Request, response: Response): void {
    const origin = request.headers.get("origin");
    if (origin === null || !this.#allows(origin)) return;
    const { headers } = response;
    headers.set("access-control-allow-origin", this.#origins.has("*") ? "*" : origin);
    headers.set("access-control-expose-headers", "upstash-sync-token");
    headers.append("vary", "Origin");
  }

  #allows(origin: string): boolean {
    return this.#origins.has("*") || this.#origins.has(origin);
  }
}

function wordsOf(text: string): string[] {
  return text.split(" ").filter((word) => word !== "");
}

function isSameOrigin(origin: string, host: string): boolean {
  return origin === `http://${host}` || origin === `https://${host}`;
}
