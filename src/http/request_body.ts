/**
 * Reads the body of a request, which may be no larger than `http-max-body` and must come in time.
 *
 * @module
 */
import type { Clock } from "../ports/clock.ts";
import { HttpError } from "./http_error.ts";

/** How long a body may take, in milliseconds. */
const BODY_TIMEOUT_MS = 30_000;
const EMPTY = new Uint8Array(0);

/** The bytes of a body; none if the request has no body. Throws an {@link HttpError} if it is too large or too slow. */
export async function readBody(
  request: Request,
  maxBytes: number,
  clock: Clock,
): Promise<Uint8Array<ArrayBuffer>> {
  if (request.body === null) return EMPTY;
  if (Number(request.headers.get("content-length")) > maxBytes) throw tooLarge(maxBytes);
  const reader = request.body.getReader();
  const late = Promise.withResolvers<never>();
  const timer = clock.after(BODY_TIMEOUT_MS, () => {
    late.reject(
      new HttpError(408, "ERR the request did not come in time", { connection: "close" }),
    );
  });
  try {
    return await Promise.race([readAll(reader, maxBytes), late.promise]);
  } catch (error) {
    reader.cancel().catch(() => {});
    if (error instanceof HttpError) throw error;
    throw new HttpError(400, "ERR the request did not come completely");
  } finally {
    timer.cancel();
  }
}

async function readAll(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return joined(pieces, length);
    length += value.length;
    if (length > maxBytes) throw tooLarge(maxBytes);
    pieces.push(value);
  }
}

/** The bytes of pieces, one after another. */
export function joined(pieces: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  if (pieces.length === 1) return pieces[0] as Uint8Array<ArrayBuffer>;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

function tooLarge(maxBytes: number): HttpError {
  const headers = { connection: "close" };
  return new HttpError(413, `ERR max request size exceeded. Limit: ${maxBytes} bytes`, headers);
}
