/**
 * Talking to another server: a connection that this server has opened, and one exchange over it.
 *
 * @module
 */
import type { Clock } from "./clock.ts";
import { latin1 } from "../lib/bytes.ts";
import { NetworkError } from "./network.ts";

/** A connection to another server. A platform implements it. */
export interface OutgoingConnection {
  /** Sends bytes; rejects with the system's reason. */
  send(bytes: Uint8Array): Promise<void>;
  /** Resolves with what has come, or undefined at the end; rejects with the system's reason. */
  receive(): Promise<Uint8Array | undefined>;
  /** Closes it. What waits is rejected. */
  close(): void;
}

/** What an exchange failed at: connecting, sending, or waiting for replies. */
export type ExchangeStep = "connect" | "send" | "receive";

/** How an exchange ended. */
export interface ExchangeResult {
  /** The replies that came, in order, each a line with its type. */
  readonly replies: readonly string[];
  /** What failed, if something did. */
  readonly failure: ExchangeStep | undefined;
}

/**
 * Connects, sends requests, and waits for `count` replies of one line each (simple strings, errors, integers). Each step may take `timeoutMs`.
 * Never rejects.
 */
export async function exchange(
  connect: () => Promise<OutgoingConnection>,
  clock: Clock,
  timeoutMs: number,
  requests: Uint8Array,
  count: number,
): Promise<ExchangeResult> {
  const replies: string[] = [];
  let step: ExchangeStep = "connect";
  let connection: OutgoingConnection | undefined;
  try {
    connection = await within(clock, timeoutMs, connect());
    step = "send";
    await within(clock, timeoutMs, connection.send(requests));
    step = "receive";
    let text = "";
    while (replies.length < count) {
      const bytes = await within(clock, timeoutMs, connection.receive());
      if (bytes === undefined) return { replies, failure: step };
      text += latin1(bytes, 0, bytes.length);
      const lines = text.split("\r\n");
      text = lines.pop()!;
      replies.push(...lines);
    }
    return { replies, failure: undefined };
  } catch (error) {
    // Redis does not notice that it was refused before it sends.
    const isRefused = error instanceof NetworkError && error.fault === "ConnectionRefused";
    return { replies, failure: isRefused ? "send" : step };
  } finally {
    connection?.close();
  }
}

/** What a promise resolves to, if it does in time. */
async function within<T>(clock: Clock, timeoutMs: number, promise: Promise<T>): Promise<T> {
  const timeout = Promise.withResolvers<never>();
  const timer = clock.after(timeoutMs, () => timeout.reject(new Error("Timeout")));
  // Whichever comes second is of no interest.
  promise.catch(() => {});
  try {
    return await Promise.race([promise, timeout.promise]);
  } finally {
    timer.cancel();
  }
}
