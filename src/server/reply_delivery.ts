/**
 * What clients are to get, on its way to their connections: replies to the client whose requests run now, and messages to any.
 *
 * @module
 */
import type { OutputLimit } from "../config/kinds.ts";
import { type Client, OUTPUT_AHEAD_BYTES } from "../clients/client.ts";
import { Hold } from "../clients/hold.ts";
import type { Log } from "../telemetry/log.ts";
import type { ServerStats } from "../telemetry/server_stats.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import { ReplyWriter } from "../resp/reply_writer.ts";

/** Replies are handed to the connection in pieces of about this size. */
const FLUSH_BYTES = 65536;

/** A client that is held and reads nothing at all for so long gets so much more output; after that sooner, until it reads something. */
const STUCK_MS = 1000;
const STILL_STUCK_MS = 250;
const STUCK_STEP_BYTES = 4 * 2 ** 20;
const STUCK_AT_ONCE = 4;

/** Hands out replies and messages; one for a server. */
export class ReplyDelivery {
  /** Where commands write their replies. */
  readonly reply: ReplyWriter = new ReplyWriter();
  /** Limits by class of client (`client-output-buffer-limit`). */
  limits: Readonly<Record<string, OutputLimit>> = {};
  /** Messages for the client whose request runs now. */
  readonly #pushes: Uint8Array<ArrayBuffer>[] = [];
  #current: Client | undefined;
  /** Something happens between two requests of the current client: it is told at once. */
  isBetweenRequests = false;

  constructor(
    private readonly stats: ServerStats,
    private readonly keyspace: Keyspace,
    private readonly log: Log,
  ) {
    this.reply.onLimit = () => this.#cut(this.#current!);
  }

  /** The client whose requests run now. */
  get current(): Client | undefined {
    return this.#current;
  }

  /** From here on replies are this client's. */
  begin(client: Client): void {
    this.#current = client;
    this.reply.resp = client.resp;
    this.reply.unmute();
    this.#setLimit(client);
  }

  /** A request has been run: messages for its client go behind its reply, and much of both goes out. */
  endRequest(client: Client): void {
    if (this.#pushes.length > 0) this.#writePushes();
    if (this.reply.length < FLUSH_BYTES) return;
    this.flush(client);
    this.holdIfBehind(client);
  }

  /** All requests of a client that have come are run: its replies go out. */
  end(client: Client): void {
    this.flush(client);
    this.#current = undefined;
  }

  /** Hands the replies written so far to the client's connection. */
  flush(client: Client): void {
    const { reply } = this;
    if (client.isClosed) return reply.clear();
    if (reply.length === 0) return;
    this.stats.writes++;
    while (reply.length > 0) this.#send(client, reply.take());
    this.#setLimit(client);
  }

  /** Hands a message to a client, behind its replies: not in the middle of one that is being written. */
  push(client: Client, bytes: Uint8Array<ArrayBuffer>): void {
    if (client.isClosed) return;
    if (client !== this.#current) this.#send(client, bytes);
    else if (this.isBetweenRequests) this.reply.raw(bytes);
    else this.#pushes.push(bytes);
  }

  /** Holds a client that does not read its replies until it has read them. */
  holdIfBehind(client: Client): void {
    const { connection } = client;
    if (client.isClosed || connection.pendingBytes <= client.outputAllowance) return;
    if ((client.holds & Hold.Output) !== 0) return;
    client.hold(Hold.Output);
    client.leastOutput = connection.pendingBytes;
    const wasStuck = client.outputAllowance > OUTPUT_AHEAD_BYTES;
    client.leastOutputSinceMs = this.keyspace.nowMs - (wasStuck ? STUCK_MS - STILL_STUCK_MS : 0);
    connection.drained().then((isSent) => {
      // Who is gone needs no replies: its requests do not go on.
      if (!isSent) return client.close();
      client.outputAllowance = OUTPUT_AHEAD_BYTES;
      client.release(Hold.Output);
    });
  }

  /**
   * Looks after the output of all clients, some times a second: closes those whose time is over. A client that is held and reads nothing may be
   * one that sends all its requests before it reads a reply: it would wait for ever. So if there is room it goes on for a while, until the
   * limits say that it is too much. A few at a time, those that wait longest: together they must not keep others waiting.
   */
  tend(clients: Iterable<Client>, hasRoom: boolean): void {
    const stuck: Client[] = [];
    for (const client of clients) {
      if (client.isClosed) continue;
      this.checkLimit(client);
      client.outputAtTick = client.connection.pendingBytes;
      if ((client.holds & Hold.Output) !== 0 && this.#isStuck(client)) stuck.push(client);
    }
    if (!hasRoom || stuck.length === 0) return;
    stuck.sort((a, b) => a.leastOutputSinceMs - b.leastOutputSinceMs);
    for (const client of stuck.slice(0, STUCK_AT_ONCE)) {
      client.outputAllowance = client.connection.pendingBytes + STUCK_STEP_BYTES;
      client.release(Hold.Output);
    }
  }

  /** Whether a client that is held has read nothing for a while. */
  #isStuck(client: Client): boolean {
    const { pendingBytes } = client.connection;
    const { nowMs } = this.keyspace;
    if (pendingBytes < client.leastOutput) {
      client.leastOutput = pendingBytes;
      client.leastOutputSinceMs = nowMs;
    }
    return nowMs - client.leastOutputSinceMs >= STUCK_MS;
  }

  #writePushes(): void {
    for (const bytes of this.#pushes) this.reply.raw(bytes);
    this.#pushes.length = 0;
  }

  #send(client: Client, bytes: Uint8Array<ArrayBuffer>): void {
    this.stats.outputBytes += bytes.length;
    client.connection.send(bytes);
    this.checkLimit(client);
  }

  /** Closes a client for which too much output waits, or has waited for too long. */
  checkLimit(client: Client): void {
    const { hardBytes, softBytes, softSeconds } = this.#limitOf(client);
    const pending = client.connection.pendingBytes;
    const { nowMs } = this.keyspace;
    const isOverSoft = softBytes !== 0 && pending > softBytes;
    if (!isOverSoft) client.softLimitSinceMs = 0;
    else if (client.softLimitSinceMs === 0) client.softLimitSinceMs = nowMs;
    const isOver = hardBytes !== 0 && pending > hardBytes ||
      isOverSoft && nowMs - client.softLimitSinceMs > softSeconds * 1000;
    if (isOver) this.#cut(client);
  }

  #limitOf(client: Client): OutputLimit {
    // A monitor is sent what it did not ask for, as a subscriber is: it must not grow without bound.
    return client.isSubscriber || client.isMonitor ? this.limits.pubsub : this.limits.normal;
  }

  /** A reply that would go beyond the hard limit is not written to its end. */
  #setLimit(client: Client): void {
    const { hardBytes } = this.#limitOf(client);
    this.reply.limit = hardBytes === 0 ? Infinity : hardBytes - client.connection.pendingBytes;
  }

  #cut(client: Client): void {
    if (client.isClosed) return;
    this.stats.outputBufferLimitCuts++;
    this.log.warning(
      `Client ${
        client.describe(this.keyspace.nowMs)
      } closed for overcoming of output buffer limits.`,
    );
    client.close();
  }
}
