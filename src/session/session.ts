/**
 * A client without a socket: requests are calls of functions, and replies are values.
 *
 * What a session sends goes through the same request loop as what comes from a socket, so that users, transactions, waiting and limits
 * hold for it as for anybody. Like a client of the wire it has a user, a database and a protocol of its own.
 *
 * @module
 */
import type { Client } from "../clients/client.ts";
import { type Reply, RespError, type StringForm } from "../resp/reply_reader.ts";
import { encodeRequest } from "../resp/request_writer.ts";
import type { SessionConnection } from "./session_connection.ts";

/** A word of a request. A text goes as UTF-8, a number as its digits. */
export type Word = string | number | bigint | Uint8Array;

/** What a session needs of the server. */
export interface SessionHost {
  /** Runs all requests that are complete. */
  process(client: Client): void;
  /** Lets the replies of all requests that have run go out, now. */
  sendReplies(): void;
}

/** A session; see the module's comment. `using` closes it. */
export class Session implements Disposable {
  /** Called with each message that comes without having been asked for: of a channel, or that a cached key has changed. */
  onPush: (message: Reply) => void = () => {};

  /** Use the server's `session()`. */
  constructor(
    private readonly host: SessionHost,
    private readonly client: Client,
    private readonly connection: SessionConnection,
  ) {
    connection.onPush = (message) => this.onPush(message);
  }

  /** How messages that come without having been asked for show strings: as texts unless told otherwise. */
  set pushForm(form: StringForm) {
    this.connection.pushForm = form;
  }

  /** The client's id, as CLIENT ID tells it. */
  get id(): number {
    return this.client.id;
  }

  /**
   * Runs a request. Resolves with its reply, strings as texts; a request that waits (BLPOP) resolves later. Rejects with a {@link RespError} if the
   * reply is an error, and with an `Error` if the session is closed before there is one.
   */
  call(...words: readonly Word[]): Promise<Reply> {
    return this.#call(words, "text");
  }

  /** As {@link call}, with strings as bytes. */
  callBytes(...words: readonly Word[]): Promise<Reply> {
    return this.#call(words, "bytes");
  }

  /** Runs a request and returns its reply, or undefined if it waits: then the reply is dropped when it comes. Throws as {@link call} rejects. */
  callNow(...words: readonly Word[]): Reply | undefined {
    let reply: Reply | Error | undefined;
    this.#send(words, "text", (value) => reply = value, (error) => reply = error);
    this.host.sendReplies();
    if (reply instanceof Error) throw reply;
    return reply;
  }

  /** Closes the session: what it watches, waits for and listens to is forgotten. */
  close(): void {
    this.client.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #call(words: readonly Word[], form: StringForm): Promise<Reply> {
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    this.#send(words, form, resolve, reject);
    return promise;
  }

  #send(
    words: readonly Word[],
    form: StringForm,
    resolve: (value: Reply) => void,
    reject: (error: Error) => void,
  ): void {
    if (this.client.isClosed) return reject(new Error("Cannot call: the session is closed"));
    if (words.length === 0) return reject(new TypeError("Cannot call: there are no words"));
    this.connection.expect({
      form,
      confirmations: this.#confirmationsOf(words),
      settle: (value) => value instanceof RespError ? reject(value) : resolve(value),
      fail: reject,
    });
    this.client.reader.append(encodeRequest(words.map(asBytes)));
    this.host.process(this.client);
  }

  /** How many messages a request is answered with instead of a reply. */
  #confirmationsOf([name, ...channels]: readonly Word[]): number {
    const found = SUBSCRIPTION.exec(String(name));
    if (found === null) return 0;
    if (channels.length > 0) return channels.length;
    // UNSUBSCRIBE without a channel is about all of them, and is answered even if there is none.
    const kinds = { "": "channel", p: "pattern", s: "shard" } as const;
    const kind = kinds[found[1].toLowerCase() as keyof typeof kinds];
    return Math.max(1, this.client.subscriptions?.[kind].size ?? 0);
  }
}

const SUBSCRIPTION = /^([ps]?)(un)?subscribe$/i;

const encoder = new TextEncoder();

function asBytes(word: Word): Uint8Array {
  return word instanceof Uint8Array ? word : encoder.encode(String(word));
}
