/**
 * A response that goes on: messages of channels, or every request that the server runs, as server-sent events.
 *
 * The server sees a connection like any other, which it can list, limit and close. What it sends there are replies; this end turns them into
 * events.
 *
 *     > SUBSCRIBE chat          data: subscribe,chat,1
 *     > MONITOR                 data: "OK"
 *
 * @module
 */
import { utf8 } from "../lib/bytes.ts";
import type { Endpoint, Socket } from "../ports/network.ts";
import { type Reply, ReplyReader, RespError } from "../resp/reply_reader.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The far end of such a connection: asks once, and passes on what comes. */
export class EventStream implements Socket {
  readonly local: Endpoint = { hostname: "http", port: 0 };
  /** Resolves with the first reply, or with undefined if the connection is refused. */
  readonly first: Promise<Reply | undefined>;
  /** The body of the response. */
  readonly body: ReadableStream<Uint8Array>;
  readonly #reader = new ReplyReader();
  readonly #settleFirst: (reply: Reply | undefined) => void;
  readonly #ended = Promise.withResolvers<null>();
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  /** Resolved when the response's reader wants more. */
  #wanted: PromiseWithResolvers<void> | undefined;
  #isClosed = false;

  /** `request` is what is asked, as bytes. */
  constructor(private request: Uint8Array, readonly remote: Endpoint) {
    ({ promise: this.first, resolve: this.#settleFirst } = Promise.withResolvers());
    this.body = new ReadableStream({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => {
        this.#wanted?.resolve();
        this.#wanted = undefined;
      },
      cancel: () => this.#end(),
    });
  }

  read(buffer: Uint8Array<ArrayBuffer>): Promise<number | null> {
    const count = Math.min(buffer.length, this.request.length);
    if (count === 0) return this.#ended.promise;
    buffer.set(this.request.subarray(0, count));
    this.request = this.request.subarray(count);
    return Promise.resolve(count);
  }

  async write(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
    if (this.#isClosed) throw new Error("Cannot write: the response has ended");
    this.#reader.push(bytes);
    for (;;) {
      const reply = this.#reader.next("bytes");
      if (reply === undefined) break;
      this.#settleFirst(reply.value);
      if (!(reply.value instanceof RespError)) this.#controller.enqueue(eventOf(reply.value));
    }
    if (this.#controller.desiredSize! <= 0) {
      this.#wanted ??= Promise.withResolvers<void>();
      await this.#wanted.promise;
    }
    return bytes.length;
  }

  setNoDelay(): void {}

  setKeepAlive(): void {}

  close(): void {
    if (this.#isClosed) return;
    this.#end();
    this.#controller.close();
  }

  #end(): void {
    this.#isClosed = true;
    this.#settleFirst(undefined);
    this.#ended.resolve(null);
    this.#wanted?.resolve();
  }
}

/** A message as an event. Its parts stand behind each other, with commas between; each line of it is a line of the event. */
function eventOf(message: Reply): Uint8Array {
  const text = Array.isArray(message)
    ? message.map(textOf).join(",")
    : message === "OK"
    ? '"OK"'
    : textOf(message);
  const lines = text.split(/\r\n|\r|\n/);
  return utf8(`${lines.map((line) => `data: ${line}\n`).join("")}\n`);
}

function textOf(part: Reply): string {
  return part instanceof Uint8Array ? decoder.decode(part) : String(part);
}
