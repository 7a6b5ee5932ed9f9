/**
 * Redis over HTTP, as Upstash serves it: a command in the body or in the path, `/pipeline` and `/multi-exec`.
 *
 * @module
 */
import type { User } from "../acl/user.ts";
import type { CommandTable } from "../command/command_table.ts";
import type { Clock } from "../ports/clock.ts";
import type { Config } from "../config/config.ts";
import { type Reply, RespError } from "../resp/reply_reader.ts";
import { HttpError } from "./http_error.ts";
import { resultJson } from "./reply_json.ts";
import { readBody } from "./request_body.ts";
import type { RequestUrl } from "./request_url.ts";
import { textOf } from "./request_url.ts";
import { commandOf, commandsOf, encoded, pathCommand, type Words } from "./request_words.ts";
import { type Answer, RestSessions, type SessionMaker } from "./rest_session.ts";
import { mustRun } from "./rest_rules.ts";

const EXECABORT = "EXECABORT Transaction discarded because of: ";

/** The parts that requests need. */
export interface RestParts {
  readonly changes: { readonly total: number };
  readonly clients: { readonly size: number };
  readonly clock: Clock;
  readonly commands: CommandTable;
  readonly config: Config;
  readonly lifecycle: SessionMaker;
  readonly runId: string;
}

/** How a response is written. */
type Format = "json" | "base64" | "resp2";

/** The REST API of one server. */
export class RestApi {
  readonly #sessions: RestSessions;
  /** Most bytes of a body. */
  #maxBodyBytes = 0;

  constructor(private readonly parts: RestParts) {
    this.#sessions = new RestSessions(parts.lifecycle);
    parts.config.follow("http-max-body", (bytes) => this.#maxBodyBytes = bytes);
  }

  /** Answers a request of a user. Throws an {@link HttpError} if it cannot be run. */
  async answer(request: Request, url: RequestUrl, user: User): Promise<Response> {
    const format = formatOf(request);
    const { path } = url;
    const body = await readBody(request, this.#maxBodyBytes, this.parts.clock);
    if (path === "pipeline") return this.#pipeline(user, commandsOf(body), format);
    if (path === "multi-exec") return this.#transaction(user, commandsOf(body), format);
    const parameters = url.parameters().filter(({ name }) => textOf(name) !== "_token");
    const words = path === "" ? commandOf(body) : pathCommand(url.segments(), body, parameters);
    return this.#command(user, words, format);
  }

  async #command(user: User, words: Words, format: Format): Promise<Response> {
    const { replies: [reply], bytes } = await this.#run(user, [words], format);
    const status = reply instanceof RespError ? 400 : 200;
    if (format === "resp2") return this.#bytes(bytes, status);
    return this.#json(resultJson(reply, format === "base64"), status);
  }

  async #pipeline(user: User, requests: readonly Words[], format: Format): Promise<Response> {
    const { replies, bytes } = await this.#run(user, requests, format);
    return format === "resp2"
      ? this.#bytes(bytes, 200)
      : this.#json(listJson(replies, format), 200);
  }

  async #transaction(user: User, requests: readonly Words[], format: Format): Promise<Response> {
    if (format === "resp2") {
      throw new HttpError(400, "ERR a transaction has no response in the format resp2");
    }
    const { replies } = await this.#run(user, [["MULTI"], ...requests, ["EXEC"]], format, 1);
    const results = replies[replies.length - 1];
    if (Array.isArray(results)) return this.#json(listJson(results, format), 200);
    const cause = replies.find((reply) => reply instanceof RespError);
    throw new HttpError(400, `${EXECABORT}${cause?.message ?? "nothing was run"}`);
  }

  /** Runs requests in one session; `framing` of them, at each end, are not the client's. */
  async #run(
    user: User,
    requests: readonly Words[],
    format: Format,
    framing = 0,
  ): Promise<Answer> {
    const { clients, commands, config } = this.parts;
    for (let i = framing; i < requests.length - framing; i++) mustRun(commands, requests[i]);
    if (clients.size >= config.number("maxclients")) {
      throw new HttpError(503, "ERR max number of clients reached");
    }
    const bytes = encoded(requests);
    const answer = await this.#sessions.run(user, bytes, requests.length, format === "resp2");
    if (answer === undefined) throw new HttpError(503, "ERR the server has closed the session");
    return answer;
  }

  #json(body: string, status: number): Response {
    return this.#response(body, status, "application/json");
  }

  #bytes(body: Uint8Array<ArrayBuffer>, status: number): Response {
    return this.#response(body, status, "application/octet-stream");
  }

  #response(body: BodyInit, status: number, type: string): Response {
    const headers = { "content-type": type, "upstash-sync-token": this.#syncToken() };
    return new Response(body, { status, headers });
  }

  /** A word that is another one after every change of the data. */
  #syncToken(): string {
    return btoa(`${this.parts.runId.slice(0, 12)}:${this.parts.changes.total}`);
  }
}

function listJson(replies: readonly Reply[], format: Format): string {
  return `[${replies.map((reply) => resultJson(reply, format === "base64")).join(",")}]`;
}

/** How the response is to be written. Throws an {@link HttpError} if a header asks for what there is not. */
function formatOf({ headers }: Request): Format {
  const encoding = headers.get("upstash-encoding");
  const format = headers.get("upstash-response-format");
  const isBase64 = encoding === "base64";
  if (encoding !== null && !isBase64) {
    throw new HttpError(400, "ERR the header Upstash-Encoding can only be base64");
  }
  if (format !== null && format !== "json" && format !== "resp2") {
    throw new HttpError(400, "ERR the header Upstash-Response-Format can only be json or resp2");
  }
  if (format !== "resp2") return isBase64 ? "base64" : "json";
  if (isBase64) throw new HttpError(400, "ERR the format resp2 has no base64");
  return "resp2";
}
