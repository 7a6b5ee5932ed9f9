/**
 * Delivers replies and messages to the connections: replies to the client whose requests are running, messages to any client.
 *
 * @module
 */
import type { OutputLimit } from "../config/kinds.ts";
import { type Client, OUTPUT_AHEAD_BYTES, ReplyMode } from "../clients/client.ts";
import { Hold } from "../clients/hold.ts";
import type { Log } from "../telemetry/log.ts";
import type { ServerStats } from "../telemetry/server_stats.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import { ReplyWriter } from "../resp/reply_writer.ts";

/** Replies are handed to the connection in pieces of about this size. */
const FLUSH_BYTES = 65536;

/**
 * When a held client has read nothing for STUCK_MS, it may get STUCK_STEP_BYTES more output; then again every STILL_STUCK_MS, until it
 * reads something. At most STUCK_AT_ONCE clients get that at a time.
 */
const STUCK_MS = 1000;
const STILL_STUCK_MS = 250;
const STUCK_STEP_BYTES = 4 * 2 ** 20;
const STUCK_AT_ONCE = 4;

/** Delivers replies and messages. A server has one. */
export class ReplyDelivery {
  /** The writer into which commands write their replies. */
  readonly reply: ReplyWriter = new ReplyWriter();
  /** The limits on output, by class of client (`client-output-buffer-limit`). */
  limits: Readonly<Record<string, OutputLimit>> = {};
  /** The limit for replicas. It is not below the size of the backlog, which costs no memory of their own. */
  replicaLimit: OutputLimit = { hardBytes: 0, softBytes: 0, softSeconds: 0 };
  /** Messages for the client whose request is running. */
  readonly #pushes: Uint8Array<ArrayBuffer>[] = [];
  #current: Client | undefined;
  /** Whether the server is between two requests of the current client, so that a message is written at once. */
  isBetweenRequests = false;

  constructor(
    private readonly stats: ServerStats,
    private readonly keyspace: Keyspace,
    private readonly log: Log,
  ) {
    this.reply.onLimit = () => this.#cut(this.#current!);
  }

  /** The client whose requests are running. */
  get current(): Client | undefined {
    return this.#current;
  }

  /** Directs replies to this client from now on. */
  begin(client: Client): void {
    this.#current = client;
    this.reply.resp = client.resp;
    this.reply.unmute();
    if (client.isMuted) this.reply.mute();
    // What has expired is decided by the primary, which says so.
    if (client.upstream !== undefined) this.keyspace.expiryEnabled = false;
    this.#setLimit(client);
  }

  /**
   * Call it after a request. Messages for its client go behind the reply, and much output goes out at once. `isOver` says that the request
   * does not wait.
   */
  endRequest(client: Client, isOver: boolean): void {
    const isQuiet = client.replyMode !== ReplyMode.On;
    if (isQuiet) {
      this.reply.unmute();
      if (isOver) client.advanceReplyMode();
    }
    if (this.#pushes.length > 0) this.#writePushes();
    if (this.reply.length >= FLUSH_BYTES) {
      this.flush(client);
      this.holdIfBehind(client);
    }
    if (isQuiet && client.isMuted) this.reply.mute();
  }

  /** Call it after all requests of a client that have come. Its replies go out. */
  end(client: Client): void {
    this.reply.unmute();
    this.flush(client);
    this.#current = undefined;
    if (client.upstream !== undefined) this.keyspace.expiryEnabled = true;
  }

  /** Passes the replies written so far to the client's connection. */
  flush(client: Client): void {
    const { reply } = this;
    if (client.isClosed) return reply.clear();
    if (reply.length === 0) return;
    if (client.isReplica) return this.#disconnectRogue(client);
    this.stats.writes++;
    while (reply.length > 0) this.#send(client, reply.take());
    this.#setLimit(client);
  }

  /** Sends a message to a client, behind the reply that is being written, if there is one. */
  push(client: Client, bytes: Uint8Array<ArrayBuffer>): void {
    if (client.isClosed) return;
    if (client !== this.#current) this.#send(client, bytes);
    else if (this.isBetweenRequests) this.reply.message(() => this.reply.raw(bytes));
    else this.#pushes.push(bytes);
  }

  /** Holds a client that is behind with reading its replies, until it has read them. */
  holdIfBehind(client: Client): void {
    const { connection } = client;
    if (client.isClosed || connection.pendingBytes <= client.outputAllowance) return;
    // A replica must be able to tell how far it is, however far it is behind.
    if (client.isReplica) return;
    if ((client.holds & Hold.Output) !== 0) return;
    client.hold(Hold.Output);
    client.leastOutput = connection.pendingBytes;
    const wasStuck = client.outputAllowance > OUTPUT_AHEAD_BYTES;
    client.leastOutputSinceMs = this.keyspace.nowMs - (wasStuck ? STUCK_MS - STILL_STUCK_MS : 0);
    connection.drained().then((isSent) => {
      // A client that is gone needs no replies, so its requests do not go on.
      if (!isSent) return client.close();
      client.outputAllowance = OUTPUT_AHEAD_BYTES;
      client.release(Hold.Output);
    });
  }

  /**
   * Checks the output of all clients a few times a second, and closes those that have been above the soft limit for too long. A held client
   * that reads nothing may be one that sends all its requests before it reads a reply, and would wait for ever. So, if there is room, it
   * goes on for a while, until the limits close it. Only a few clients go on at a time, those that have waited longest, so that together
   * they do not keep others waiting.
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

  /** Whether a held client has read nothing for a while. */
  #isStuck(client: Client): boolean {
    const { pendingBytes } = client.connection;
    const { nowMs } = this.keyspace;
    if (pendingBytes < client.leastOutput) {
      client.leastOutput = pendingBytes;
      client.leastOutputSinceMs = nowMs;
    }
    return nowMs - client.leastOutputSinceMs >= STUCK_MS;
  }

  /** Disconnects a replica that has sent a request which has a reply: on its connection there is only the stream. */
  #disconnectRogue(client: Client): void {
    this.reply.clear();
    this.log.warning(
      `Replica generated a reply to command '${client.lastCommand}', disconnecting it: ${
        client.describe(this.keyspace.nowMs)
      }`,
    );
    client.close();
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

  /** Closes a client if too much output waits for it, or has waited for too long. */
  checkLimit(client: Client): void {
    const { hardBytes, softBytes, softSeconds } = this.#limitOf(client);
    const pending = client.outputBytes;
    const { nowMs } = this.keyspace;
    const isOverSoft = softBytes !== 0 && pending > softBytes;
    if (!isOverSoft) client.softLimitSinceMs = 0;
    else if (client.softLimitSinceMs === 0) client.softLimitSinceMs = nowMs;
    const isOver = hardBytes !== 0 && pending > hardBytes ||
      isOverSoft && nowMs - client.softLimitSinceMs > softSeconds * 1000;
    if (isOver) this.#cut(client);
  }

  #limitOf(client: Client): OutputLimit {
    if (client.isReplica) return this.replicaLimit;
    // A monitor gets output that it did not ask for, as a subscriber does, so the same limit applies.
    return client.isSubscriber || client.isMonitor ? this.limits.pubsub : this.limits.normal;
  }

  /** Sets the limit of the reply writer, which ends a reply that would exceed the hard limit. */
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
