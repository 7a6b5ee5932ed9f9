/**
 * Replies as JSON, as Upstash writes them.
 *
 * @module
 */
import { latin1 } from "../lib/bytes.ts";
import { type Reply, RespError } from "../resp/reply_reader.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** `{"result": ...}`, or `{"error": "..."}`. Strings of the reply are bytes, which are written in base64 or as texts. */
export function resultJson(reply: Reply, isBase64: boolean): string {
  return reply instanceof RespError
    ? `{"error":${JSON.stringify(reply.message)}}`
    : `{"result":${json(reply, isBase64)}}`;
}

/** A reply's value. An error inside an array is its text. */
function json(value: Reply, isBase64: boolean): string {
  if (value === null) return "null";
  if (typeof value === "string") {
    return JSON.stringify(isBase64 && value !== "OK" ? btoa(value) : value);
  }
  if (value instanceof Uint8Array) {
    return isBase64
      ? `"${btoa(latin1(value, 0, value.length))}"`
      : JSON.stringify(decoder.decode(value));
  }
  if (value instanceof RespError) return JSON.stringify(value.message);
  if (value instanceof Map) return list([...value].flat(), isBase64);
  if (typeof value === "object") return list(value, isBase64);
  // JSON has no infinity.
  if (typeof value === "number" && !Number.isFinite(value)) return `"${value}"`;
  return String(value);
}

function list(values: Iterable<Reply>, isBase64: boolean): string {
  let text = "[";
  for (const value of values) text += (text === "[" ? "" : ",") + json(value, isBase64);
  return `${text}]`;
}
