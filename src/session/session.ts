/**
 * A client without a socket: a request is a call of a function, and its reply is a value.
 *
 * The requests of a session go through the same request loop as those from a socket, so users, transactions, waiting and limits apply to it
 * as to any client. It has a user, a database and a protocol of its own.
 *
 * @module
 */
import { type Reply, RespError, type StringForm } from "../resp/reply_reader.ts";
import { encodeRequest } from "../resp/request_writer.ts";
import type { RawSession } from "./raw_session.ts";
import type { ReplyQueue } from "./reply_queue.ts";

/** A word of a request. A text is sent as UTF-8, a number as its digits. */
export type Word = string | number | bigint | Uint8Array;

/** A session; see the module's comment. `using` closes it. */
export class Session implements Disposable {
  /** Called with each message that is no reply: from a channel, or because a cached key has changed. */
  onPush: (message: Reply) => void = () => {};

  /** Use the server's `session()`. */
  constructor(
    private readonly raw: RawSession,
    private readonly replies: ReplyQueue,
  ) {
    replies.onPush = (message) => this.onPush(message);
  }

  /** The form of strings in messages; texts by default. */
  set pushForm(form: StringForm) {
    this.replies.pushForm = form;
  }

  /** The client's id, with which CLIENT ID replies. */
  get id(): number {
    return this.raw.id;
  }

  /**
   * Runs a request. Resolves with its reply, in which strings are texts; a request that waits (BLPOP) resolves later. Rejects with a
   * {@link RespError} if the reply is an error, and with an `Error` if the session is closed before the reply comes.
   */
  call(...words: readonly Word[]): Promise<Reply> {
    return this.#call(words, "text");
  }

  /** As {@link call}, with strings as bytes. */
  callBytes(...words: readonly Word[]): Promise<Reply> {
    return this.#call(words, "bytes");
  }

  /**
   * Runs a request and returns its reply. If the request waits, it returns undefined, and the reply is dropped when it comes. Throws where
   * {@link call} rejects.
   */
  callNow(...words: readonly Word[]): Reply | undefined {
    let reply: Reply | Error | undefined;
    this.#send(words, "text", (value) => reply = value, (error) => reply = error);
    this.raw.endRound();
    if (reply instanceof Error) throw reply;
    return reply;
  }

  /** Closes the session, and ends whatever it watches, waits for and listens to. */
  close(): void {
    this.raw.close();
  }

  /** As {@link close}, for `using`. */
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
    if (this.raw.isClosed) return reject(new Error("Cannot call: the session is closed"));
    if (words.length === 0) return reject(new TypeError("Cannot call: there are no words"));
    this.replies.expect({
      form,
      confirmations: this.#confirmationsOf(words),
      settle: (value) => value instanceof RespError ? reject(value) : resolve(value),
      fail: reject,
    });
    this.raw.send(encodeRequest(words.map(asBytes)));
  }

  /** How many messages answer a request in place of a reply. */
  #confirmationsOf([name, ...channels]: readonly Word[]): number {
    const found = SUBSCRIPTION.exec(String(name));
    if (found === null) return 0;
    if (channels.length > 0) return channels.length;
    // UNSUBSCRIBE without a channel ends all subscriptions, and is answered once even if there is none.
    const kinds = { "": "channel", p: "pattern", s: "shard" } as const;
    const kind = kinds[found[1].toLowerCase() as keyof typeof kinds];
    return Math.max(1, this.raw.client.subscriptions?.[kind].size ?? 0);
  }
}

const SUBSCRIPTION = /^([ps]?)(un)?subscribe$/i;

const encoder = new TextEncoder();

function asBytes(word: Word): Uint8Array {
  return word instanceof Uint8Array ? word : encoder.encode(String(word));
}
