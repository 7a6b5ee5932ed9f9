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

/** The step at which an exchange failed. */
export type ExchangeStep = "connect" | "send" | "receive";

/** How an exchange ended. */
export interface ExchangeResult {
  /** The replies that came, in order, each a line with its type. */
  readonly replies: readonly string[];
  /** The step that failed; undefined if none did. */
  readonly failure: ExchangeStep | undefined;
  /** Whether it failed because its time was up. */
  readonly isTimeout: boolean;
}

class Timeout extends Error {
  override name = "Timeout";
}

/** Opens a connection within `timeoutMs`, or tells how that failed. Never rejects. */
export async function open(
  connect: () => Promise<OutgoingConnection>,
  clock: Clock,
  timeoutMs: number,
): Promise<OutgoingConnection | ExchangeResult> {
  const connecting = connect();
  try {
    return await within(clock, timeoutMs, connecting);
  } catch (error) {
    connecting.then((late) => late.close(), () => {});
    // Redis 7.2 connects without waiting and notices a refusal only when it sends.
    const isRefused = error instanceof NetworkError && error.fault === "ConnectionRefused";
    const failure = isRefused ? "send" : "connect";
    return { replies: [], failure, isTimeout: error instanceof Timeout };
  }
}

/**
 * Sends requests, and waits for `count` replies of one line each (simple strings, errors, integers). Each step may take `timeoutMs`. Never
 * rejects; the connection stays open.
 */
export async function exchange(
  connection: OutgoingConnection,
  clock: Clock,
  timeoutMs: number,
  requests: Uint8Array,
  count: number,
): Promise<ExchangeResult> {
  const replies: string[] = [];
  let step: ExchangeStep = "send";
  try {
    await within(clock, timeoutMs, connection.send(requests));
    step = "receive";
    let text = "";
    while (replies.length < count) {
      const bytes = await within(clock, timeoutMs, connection.receive());
      if (bytes === undefined) return { replies, failure: step, isTimeout: false };
      text += latin1(bytes, 0, bytes.length);
      const lines = text.split("\r\n");
      text = lines.pop()!;
      replies.push(...lines);
    }
    return { replies, failure: undefined, isTimeout: false };
  } catch (error) {
    return { replies, failure: step, isTimeout: error instanceof Timeout };
  }
}

/** The value of a promise, if it resolves in time. */
async function within<T>(clock: Clock, timeoutMs: number, promise: Promise<T>): Promise<T> {
  const timeout = Promise.withResolvers<never>();
  const timer = clock.after(timeoutMs, () => timeout.reject(new Timeout()));
  // After the timeout nobody waits for this promise, so its rejection must not be reported as unhandled.
  promise.catch(() => {});
  try {
    return await Promise.race([promise, timeout.promise]);
  } finally {
    timer.cancel();
  }
}
