/**
 * A server that is talked to as any of its clients would: requests in batches, replies in order.
 *
 * @module
 */
import { utf8 } from "../../lib/bytes.ts";
import { messageOf } from "../../lib/error_message.ts";
import type { Host } from "../../ports/host.ts";
import type { OutgoingConnection } from "../../ports/outgoing.ts";
import { type Reply, ReplyReader, RespError } from "../../resp/reply_reader.ts";
import { RequestWriter } from "../../resp/request_writer.ts";
import { type ServerAddress, shownAddress } from "./server_url.ts";

/** A word of a request. */
export type Word = string | Uint8Array;

/** One connection to a server. */
export class RemoteServer {
  readonly #reader = new ReplyReader();

  private constructor(
    private readonly connection: OutgoingConnection,
    private readonly address: ServerAddress,
  ) {}

  /** Connects, and becomes the user of the address. Rejects with an `Error` for people. `authorities` are whom to trust, in PEM; "" for those that the system trusts. */
  static async connect(
    address: ServerAddress,
    host: Host,
    authorities: string,
  ): Promise<RemoteServer> {
    const { hostname, password, port, user, usesTls } = address;
    let connection: OutgoingConnection;
    try {
      connection = await host.connect(
        hostname,
        port,
        usesTls ? { authorities, keys: undefined } : undefined,
      );
    } catch (error) {
      throw new Error(`Cannot connect to ${shownAddress(address)}: ${messageOf(error)}`);
    }
    const server = new RemoteServer(connection, address);
    try {
      if (password !== "" || user !== "") {
        await server.call("AUTH", ...(user === "" ? [] : [user]), password);
      }
    } catch (error) {
      server.close();
      throw error;
    }
    return server;
  }

  /** Runs a request; strings of the reply are bytes. Rejects with an `Error` for people if the reply is an error. */
  async call(...words: readonly Word[]): Promise<Reply> {
    const [reply] = await this.batch([words]);
    if (!(reply instanceof RespError)) return reply;
    throw new Error(`${shownAddress(this.address)} refuses ${words[0]}: ${reply.message}`);
  }

  /** As {@link call}, for a reply that is text. */
  async text(...words: readonly Word[]): Promise<string> {
    const reply = await this.call(...words);
    return reply instanceof Uint8Array ? new TextDecoder().decode(reply) : String(reply);
  }

  /** Runs requests; error replies are among the replies. */
  async batch(requests: readonly (readonly Word[])[]): Promise<Reply[]> {
    const replies: Reply[] = [];
    try {
      await this.connection.send(encode(requests));
      while (replies.length < requests.length) {
        const read = this.#reader.next("bytes");
        if (read !== undefined) {
          replies.push(read.value);
          continue;
        }
        const bytes = await this.connection.receive();
        if (bytes === undefined) throw new Error("it has closed the connection");
        this.#reader.push(bytes);
      }
    } catch (error) {
      throw new Error(`Lost the connection to ${shownAddress(this.address)}: ${messageOf(error)}`);
    }
    return replies;
  }

  /** Closes the connection. */
  close(): void {
    this.connection.close();
  }
}

function encode(requests: readonly (readonly Word[])[]): Uint8Array {
  const writer = new RequestWriter();
  for (const words of requests) {
    writer.request(words.length);
    for (const word of words) {
      const bytes = typeof word === "string" ? utf8(word) : word;
      writer.word(bytes, 0, bytes.length);
    }
  }
  return writer.bytes.subarray(0, writer.length);
}
