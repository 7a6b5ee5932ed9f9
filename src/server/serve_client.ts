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

/** Where a socket's bytes come from: fills the buffer, and tells how much of it, or null at the end. */
export interface ByteSource {
  read(buffer: Uint8Array): Promise<number | null>;
}

/**
 * The bytes of a socket as a stream: each chunk tells how many bytes were read into the query buffer.
 *
 * Reading straight into the client's own buffer makes no garbage and moves no memory. `socket.readable` would do the same job with a
 * fresh chunk for every read (half the throughput), or, with a BYOB reader, by handing the buffer to and fro (a fifth more CPU for a
 * small request); docs/ARCHITECTURE.md has the figures.
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

/** A client that is held may send this much ahead; then it is no longer listened to. */
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
        // Who has closed only the sending half still gets the replies. Nobody may be given anything for which he would have to wait.
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
        // Its requests go on first: they may hold it again.
        await Promise.resolve();
      }
    }
    if (client.closesAfterReply && !client.isClosed) await client.connection.drained();
  } catch {
    // The connection was reset, or closed by the server while a read was waiting.
  } finally {
    client.close();
  }
}

/**
 * Whether to leave what comes in the system's buffers for now. A client that is held is listened to all the same, to notice when it hangs up
 * (nothing must be popped for it then), but not without limit; and not at all if it does not read its replies, or goes on in a moment.
 */
function mustNotReadOn({ holds, reader }: Client): boolean {
  return (holds & (Hold.Output | Hold.Turn)) !== 0 ||
    holds !== 0 && reader.requestBytes >= READ_AHEAD_BYTES;
}
