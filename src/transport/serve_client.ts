/**
 * The loop of one connection: read, run what was read, read again.
 *
 * A BYOB reader ("bring your own buffer") reads straight into the client's query buffer: the default reader makes a fresh chunk for
 * every read and halves the throughput. Replies are handed to the connection and not waited for, so the next read is under way
 * while they are being written.
 *
 * @module
 */
import type { Client } from "../core/client.ts";

/** What the loop needs of the server. */
export interface RequestProcessor {
  /** Runs all requests that are complete and sends their replies. False if the client must wait; then call again when it may go on. */
  process(client: Client): boolean;
}

/** Serves one client until it or the server closes the connection. */
export async function serveClient(
  readable: ReadableStream<Uint8Array>,
  client: Client,
  processor: RequestProcessor,
): Promise<void> {
  const reader = readable.getReader({ mode: "byob" });
  const requests = client.reader;
  try {
    while (!client.isClosed) {
      const { value, done } = await reader.read(requests.freeSpace());
      if (done || value === undefined || client.isClosed) break;
      requests.accept(value);
      while (!processor.process(client)) await client.resumed();
      if (client.closesAfterReply) break;
    }
    if (client.closesAfterReply && !client.isClosed) await client.connection.drained();
  } catch {
    // The connection was reset, or closed by the server while a read was waiting.
  } finally {
    client.close();
  }
}
