/**
 * A client for tests: sends requests and reads replies, and keeps every reply's type.
 *
 * @module
 */
import { concat, indexOfNeedle } from "@std/bytes";
import { fromLatin1, latin1 } from "../../src/lib/bytes.ts";
import { encodeRequest } from "../../src/resp/request_writer.ts";
import "./guarded_arguments.ts";

/** A reply with its type, as text: `+OK`, `:1`, `$5 hello`, `*2 [:1 :2]`. Two replies are the same if their texts are. */
export interface Reply {
  /** The byte that begins it on the wire. */
  readonly type: string;
  /** Text of a simple type; undefined for null. */
  readonly text: string | undefined;
  /** Elements of an array, set, push or map (keys and values in turn). */
  readonly elements: readonly Reply[];
}

const AGGREGATES = "*%~>|";

/** The reply in one line. */
export function show(reply: Reply): string {
  if (AGGREGATES.includes(reply.type)) {
    if (reply.text === undefined) return `${reply.type} null`;
    return `${reply.type}${reply.elements.length}[${reply.elements.map(show).join(" ")}]`;
  }
  return `${reply.type}${reply.text === undefined ? " null" : JSON.stringify(reply.text)}`;
}

/** Reads replies from bytes. */
export class ReplyParser {
  #bytes = new Uint8Array(0);

  /** Adds bytes. */
  push(bytes: Uint8Array): void {
    this.#bytes = this.#bytes.length === 0 ? bytes.slice() : concat([this.#bytes, bytes]);
  }

  /** Bytes not yet part of a reply. */
  get rest(): Uint8Array {
    return this.#bytes;
  }

  /** The next reply, if all of it is there. */
  next(): Reply | undefined {
    const end = { at: 0 };
    const reply = this.#parse(end);
    if (reply !== undefined) this.#bytes = this.#bytes.slice(end.at);
    return reply;
  }

  #parse(position: { at: number }): Reply | undefined {
    const lineEnd = indexOfNeedle(this.#bytes, fromLatin1("\r\n"), position.at);
    if (lineEnd < 0) return undefined;
    const type = String.fromCharCode(this.#bytes[position.at]);
    const line = latin1(this.#bytes, position.at + 1, lineEnd - position.at - 1);
    position.at = lineEnd + 2;
    if (type === "$" || type === "=") {
      const length = Number(line);
      if (length < 0) return { type, text: undefined, elements: [] };
      if (this.#bytes.length < position.at + length + 2) return undefined;
      const text = latin1(this.#bytes, position.at, length);
      position.at += length + 2;
      return { type, text, elements: [] };
    }
    if (AGGREGATES.includes(type)) {
      const count = Number(line) * (type === "%" || type === "|" ? 2 : 1);
      if (count < 0) return { type, text: undefined, elements: [] };
      const elements: Reply[] = [];
      for (let i = 0; i < count; i++) {
        const element = this.#parse(position);
        if (element === undefined) return undefined;
        elements.push(element);
      }
      return { type, text: "", elements };
    }
    return { type, text: type === "_" ? undefined : line, elements: [] };
  }
}

/** A connection to a server. */
export class RespClient {
  readonly #parser = new ReplyParser();
  readonly #buffer = new Uint8Array(65536);

  private constructor(private readonly socket: Deno.Conn) {}

  /** Connects to a server on this machine. */
  static async connect(port: number): Promise<RespClient> {
    return new RespClient(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  /** Sends a request and reads its reply. */
  async call(...words: (string | Uint8Array)[]): Promise<Reply> {
    await this.send(encodeRequest(words.map((w) => typeof w === "string" ? fromLatin1(w) : w)));
    return await this.read();
  }

  /** As {@link call}, and shows the reply as text. */
  async ask(...words: (string | Uint8Array)[]): Promise<string> {
    return show(await this.call(...words));
  }

  /** Sends bytes as they are. */
  async send(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.socket.write(bytes.subarray(at));
  }

  /** Reads a reply; throws if the connection ends before. */
  async read(): Promise<Reply> {
    for (;;) {
      const reply = this.#parser.next();
      if (reply !== undefined) return reply;
      const count = await this.socket.read(this.#buffer);
      if (count === null) throw new Error("Cannot read a reply: the server closed the connection");
      this.#parser.push(this.#buffer.subarray(0, count));
    }
  }

  /** Reads everything until the server closes the connection. */
  async readToEnd(): Promise<string> {
    for (;;) {
      const count = await this.socket.read(this.#buffer).catch(() => null);
      if (count === null) break;
      this.#parser.push(this.#buffer.subarray(0, count));
    }
    return latin1(this.#parser.rest, 0, this.#parser.rest.length);
  }

  /** Closes the connection. */
  close(): void {
    this.socket.close();
  }

  [Symbol.dispose](): void {
    try {
      this.close();
    } catch {
      // Closed already.
    }
  }
}
