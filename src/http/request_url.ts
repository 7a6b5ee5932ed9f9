/**
 * The path and the query of a request, read as bytes: a key need not be UTF-8, and `/get/..` is the key `..`, so `URL`, which makes paths of
 * files of them, is no help here.
 *
 * @module
 */
import { utf8 } from "../lib/bytes.ts";

/** A parameter of a query. `value` is undefined if there is none behind the name. */
export interface QueryParameter {
  readonly name: Uint8Array<ArrayBuffer>;
  readonly value: Uint8Array<ArrayBuffer> | undefined;
}

const PERCENT = 0x25;
const decoder = new TextDecoder();

/** What stands behind the host of a request's URL. */
export class RequestUrl {
  /** The path as it was sent, without its first slash. */
  readonly path: string;
  readonly #query: string;
  /** The host and the port in it, as the request names them. */
  readonly host: string;

  constructor(url: string) {
    const hostAt = url.indexOf("://") + 3;
    const pathAt = endAt(url, "/", endAt(url, "?", endAt(url, "#", url.length)), hostAt);
    const end = endAt(url, "#", url.length, pathAt);
    const queryAt = endAt(url, "?", end, pathAt);
    this.host = url.slice(hostAt, pathAt);
    this.path = url.slice(pathAt + 1, queryAt);
    this.#query = url.slice(queryAt + 1, end);
  }

  /** The parts of the path between slashes; none of an empty path. */
  segments(): Uint8Array<ArrayBuffer>[] {
    return this.path === "" ? [] : this.path.split("/").map(percentDecoded);
  }

  /** The parameters, in order. */
  parameters(): QueryParameter[] {
    if (this.#query === "") return [];
    return this.#query.split("&").filter((text) => text !== "").map((text) => {
      const [name, ...rest] = text.replaceAll("+", " ").split("=");
      const value = rest.length === 0 ? undefined : percentDecoded(rest.join("="));
      return { name: percentDecoded(name), value };
    });
  }

  /** The text of the first parameter of this name. */
  parameter(name: string): string | undefined {
    if (!this.#query.includes(name)) return undefined;
    const found = this.parameters().find((parameter) => textOf(parameter.name) === name);
    return found === undefined ? undefined : textOf(found.value ?? new Uint8Array(0));
  }
}

/** The text of bytes in UTF-8. */
export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** Where `mark` is found from `from` on, before `end`; `end` if it is not. */
function endAt(text: string, mark: string, end: number, from = 0): number {
  const found = text.indexOf(mark, from);
  return found < 0 || found > end ? end : found;
}

/** The bytes of a text, in which `%41` stands for a byte. A percent sign without two digits stands for itself. */
export function percentDecoded(text: string): Uint8Array<ArrayBuffer> {
  const bytes = utf8(text);
  if (!text.includes("%")) return bytes;
  let length = 0;
  for (let i = 0; i < bytes.length; i++) {
    const high = bytes[i] === PERCENT ? digitAt(bytes, i + 1) : -1;
    const low = high < 0 ? -1 : digitAt(bytes, i + 2);
    if (low < 0) bytes[length++] = bytes[i];
    else {
      bytes[length++] = high << 4 | low;
      i += 2;
    }
  }
  return bytes.subarray(0, length);
}

/** The value of the hexadecimal digit at `i`; -1 if it is none. */
function digitAt(bytes: Uint8Array, i: number): number {
  if (i >= bytes.length) return -1;
  const byte = bytes[i];
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : -1;
}
