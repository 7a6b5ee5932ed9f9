/**
 * A primary in the hands of a test: it sees each request of a replica, and answers, falls silent, or hangs up when the test says so.
 *
 * @module
 */
import { fromLatin1, latin1 } from "../../src/lib/bytes.ts";
import { NetworkError } from "../../src/ports/network.ts";
import type { OutgoingConnection } from "../../src/ports/outgoing.ts";
import { ReadResult, RequestReader } from "../../src/resp/request_reader.ts";
import { settle } from "./local_server.ts";
import { MemoryHost } from "./memory_host.ts";

/** The history of a primary in a test. */
export const HISTORY = "8371b4fb1155b71f4a04d3e1bc3e18c4a990aeeb";

/** The connection of a replica to its primary, as the primary has it. */
export class FakeLink implements OutgoingConnection {
  /** The requests of the replica that the test has not looked at, each in one text. */
  readonly requests: string[] = [];
  isClosed = false;
  readonly #reader = new RequestReader();
  readonly #waiting: Uint8Array[] = [];
  #hasEnded = false;
  #receiver: PromiseWithResolvers<Uint8Array | undefined> | undefined;

  /** The replica's side. */
  send(bytes: Uint8Array): Promise<void> {
    if (this.isClosed) return Promise.reject(new NetworkError("Other", "Broken pipe"));
    this.#reader.append(bytes);
    while (this.#reader.next() === ReadResult.Request) {
      if (this.#reader.args.count > 0) this.requests.push(this.#reader.args.texts().join(" "));
    }
    return Promise.resolve();
  }

  /** The replica's side. */
  receive(): Promise<Uint8Array | undefined> {
    if (this.isClosed) return Promise.reject(new NetworkError("Other", "The connection is closed"));
    if (this.#waiting.length > 0) return Promise.resolve(this.#waiting.shift());
    if (this.#hasEnded) return Promise.resolve(undefined);
    this.#receiver = Promise.withResolvers();
    return this.#receiver.promise;
  }

  /** The replica's side. */
  close(): void {
    this.isClosed = true;
    this.#receiver?.reject(new NetworkError("Other", "The connection is closed"));
    this.#receiver = undefined;
  }

  /** Sends bytes to the replica, and lets it do all that it can do with them. */
  async answer(...parts: readonly (string | Uint8Array)[]): Promise<void> {
    for (const part of parts) this.#deliver(typeof part === "string" ? fromLatin1(part) : part);
    await settle();
  }

  /** Hangs up. */
  async end(): Promise<void> {
    this.#hasEnded = true;
    this.#receiver?.resolve(undefined);
    this.#receiver = undefined;
    await settle();
  }

  /** Answers the requests of a replica until it asks for the stream; returns that request. */
  async meet(): Promise<string> {
    for (;;) {
      await settle();
      const request = this.requests.shift();
      if (request === undefined) throw new Error("The replica asks for nothing");
      if (request.startsWith("PSYNC")) return request;
      await this.answer(request === "PING" ? "+PONG\r\n" : "+OK\r\n");
    }
  }

  #deliver(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (this.#receiver === undefined) this.#waiting.push(bytes);
    else this.#receiver.resolve(bytes);
    this.#receiver = undefined;
  }
}

/** A machine whose connections lead to a primary in the test's hands. */
export class PrimaryHost extends MemoryHost {
  readonly links: FakeLink[] = [];
  /** Whether connections are refused. */
  refuses = false;

  override connect(hostname: string, port: number): Promise<OutgoingConnection> {
    if (this.refuses) return super.connect(hostname, port);
    const link = new FakeLink();
    this.links.push(link);
    return Promise.resolve(link);
  }

  /** The newest connection. */
  get link(): FakeLink {
    return this.links.at(-1)!;
  }
}

/** Bytes as a text of which each character is one. */
export function textOf(bytes: Uint8Array): string {
  return latin1(bytes, 0, bytes.length);
}
