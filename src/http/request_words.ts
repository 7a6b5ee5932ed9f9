/**
 * The requests that a body or a path spells, as words.
 *
 * @module
 */
import { RequestWriter } from "../resp/request_writer.ts";
import { utf8 } from "../lib/bytes.ts";
import { HttpError } from "./http_error.ts";
import type { QueryParameter } from "./request_url.ts";

/** A word of a request; a text stands for its UTF-8. */
export type Word = string | Uint8Array;

/** A request: a command's name and its arguments. */
export type Words = readonly Word[];

const NOT_JSON = "ERR failed to parse the request: it is no JSON";
const NO_COMMAND = "ERR empty command";
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The request of a body that is one array: `["SET", "key", 1]`. Throws an {@link HttpError}. */
export function commandOf(body: Uint8Array): Words {
  const text = decoded(body);
  const value = parsed(text);
  if (!Array.isArray(value)) throw new HttpError(400, `${NOT_JSON} array of a command's words`);
  return wordsOf(value, () => exactly(text));
}

/** The requests of a body that is an array of arrays. Throws an {@link HttpError}. */
export function commandsOf(body: Uint8Array): Words[] {
  const text = decoded(body);
  const value = parsed(text);
  if (!Array.isArray(value) || !value.every(Array.isArray)) {
    throw new HttpError(400, `${NOT_JSON} array of commands, which are arrays`);
  }
  if (value.length === 0) throw new HttpError(400, "ERR empty pipeline");
  let exact: unknown[][] | undefined;
  return value.map((words, i) => wordsOf(words, () => (exact ??= exactly(text) as unknown[][])[i]));
}

/**
 * The request of a path, whose last argument is the body, if there is one. Behind it stand the parameters of the query: `EX=10` is two words,
 * `NX` and `NX=` are one.
 */
export function pathCommand(
  segments: readonly Uint8Array[],
  body: Uint8Array,
  parameters: readonly QueryParameter[],
): Words {
  const words: Uint8Array[] = [...segments];
  if (body.length > 0) words.push(body);
  for (const { name, value } of parameters) {
    words.push(name);
    if (value !== undefined && value.length > 0) words.push(value);
  }
  return words;
}

/** The bytes of requests, as clients send them. */
export function encoded(requests: readonly Words[]): Uint8Array {
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

function decoded(body: Uint8Array): string {
  try {
    return decoder.decode(body);
  } catch {
    throw new HttpError(400, "ERR failed to parse the request: it is no UTF-8");
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpError(400, NOT_JSON);
  }
}

/** The words of an array. `exact` returns the array once more, with numbers as they are written. */
function wordsOf(values: readonly unknown[], exact: () => unknown): Words {
  if (values.length === 0) throw new HttpError(400, NO_COMMAND);
  let isExact = true;
  for (const value of values) {
    if (typeof value === "number") isExact &&= Number.isSafeInteger(value);
    else if (value === null) throw new HttpError(400, "ERR null args are not supported");
    else if (typeof value === "object") {
      throw new HttpError(
        400,
        "ERR failed to parse the request: an argument is an array or object",
      );
    }
  }
  return (isExact ? values : exact() as unknown[]).map(String);
}

/**
 * Parses JSON once more, for numbers that a double may not hold: `12345678901234567890`, `1e999` and `0.10` stay as they are written. What
 * was parsed before is known to be flat.
 */
function exactly(text: string): unknown {
  type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;
  const revive: Reviver = (_key, value, context) =>
    typeof value === "number" ? context?.source ?? value : value;
  return JSON.parse(text, revive as (key: string, value: unknown) => unknown);
}
