/**
 * The loop of one connection: read, run what was read, read again.
 *
 * @module
 */
import type { Client } from "../clients/client.ts";
import { Hold } from "../clients/hold.ts";
import type { RequestReader } from "../resp/request_reader.ts";
import type { FirstRequests } from "./first_requests.ts";

/** What the loop needs of the server. */
export interface RequestProcessor {
  /** Runs all requests that are complete and sends their replies. */
  process(client: Client): void;
}

/** The source of a socket's bytes. It reads into the buffer and resolves with the number of bytes, or null at the end. */
export interface ByteSource {
  read(buffer: Uint8Array): Promise<number | null>;
}

/**
 * The bytes of a socket as a stream. Each chunk is the number of bytes that were read into the query buffer.
 *
 * Reading straight into the client's own buffer makes no garbage and moves no memory. `socket.readable` would need a fresh chunk for every
 * read (half the throughput), or, with a BYOB reader, would pass the buffer to and fro (a fifth more CPU for a small request).
 * docs/internals/requests.md has the figures.
 */
export function receive(source: ByteSource, requests: RequestReader): ReadableStream<number> {
  return new ReadableStream<number>({
    async pull(controller) {
      const count = await source.read(requests.freeSpace());
      if (count === null) controller.close();
      else controller.enqueue(count);
    },
  }, { highWaterMark: 0 });
}

/** A held client may send this much ahead; then nothing more is read from it. */
const READ_AHEAD_BYTES = 2 ** 20;

/** Serves one client until it or the server closes the connection. */
export async function serveClient(
  source: ByteSource,
  client: Client,
  processor: RequestProcessor,
  firstRequests: FirstRequests,
): Promise<void> {
  const requests = client.reader;
  const reader = receive(source, requests).getReader();
  let isFirst = true;
  try {
    while (!client.isClosed) {
      const { value, done } = await reader.read();
      if (client.isClosed) break;
      if (done) {
        // A client that has closed only its sending half still gets its replies. One that waits gets nothing: an element must not be popped
        // for a client that may be gone.
        if (client.holds === 0) await client.connection.drained();
        break;
      }
      requests.accept(value);
      if (isFirst) {
        isFirst = false;
        const turn = firstRequests.turn(client.id);
        if (turn !== undefined) await turn;
      }
      processor.process(client);
      if (client.closesAfterReply) break;
      while (mustNotReadOn(client) && !client.isClosed) {
        await client.freed();
        // Lets the client's requests go on first; they may hold it again.
        await Promise.resolve();
      }
    }
    if (client.closesAfterReply && !client.isClosed) await client.connection.drained();
  } catch {
    // The connection was reset, or the server closed it while a read was waiting.
  } finally {
    client.close();
  }
}

/**
 * Whether to stop reading for now, so that what comes stays in the system's buffers. The server goes on reading from a held client, up to a
 * limit, to notice when it hangs up, because nothing must be popped for it then. It does not read from a client that does not read its
 * replies, or that goes on in a moment.
 */
function mustNotReadOn({ holds, reader }: Client): boolean {
  return (holds & (Hold.Output | Hold.Turn)) !== 0 ||
    holds !== 0 && reader.requestBytes >= READ_AHEAD_BYTES;
}
