/**
 * Runs the complete requests of a client one after another, until something holds the client up. It also runs waiting requests again when
 * the keys that they wait for have changed.
 *
 *     bytes ─▶ RequestReader ─▶ Executor ─▶ command.run(call)
 *                                ▲                │ a key has changed
 *                                └── wakeBlocked ◀┘
 *
 * The bytes of a held client (see `clients/hold.ts`) stay in its query buffer. When the last cause has gone, its requests go on here by
 * themselves.
 *
 * @module
 */
import {
  type BlockedClients,
  type EndingReply,
  isOfInterest,
  type Release,
} from "../clients/blocked_clients.ts";
import type { Client } from "../clients/client.ts";
import type { ClientRegistry } from "../clients/client_registry.ts";
import { Hold, type Outcome } from "../clients/hold.ts";
import type { Tracking } from "../clients/tracking.ts";
import type { CallTimer } from "../execution/call_timer.ts";
import type { ScriptControl } from "../command/context.ts";
import type { Executor } from "../execution/executor.ts";
import type { Database } from "../keyspace/database.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import { fromLatin1 } from "../lib/bytes.ts";
import type { Clock } from "../ports/clock.ts";
import { ReadResult } from "../resp/request_reader.ts";
import type { Log } from "../telemetry/log.ts";
import type { ServerStats } from "../telemetry/server_stats.ts";
import type { ClientEviction } from "./client_eviction.ts";
import type { MemoryLimit } from "./memory_limit.ts";
import type { ReplyDelivery } from "./reply_delivery.ts";

/** Length of a client's turn, in milliseconds. It is only checked where the time is known anyway. */
const TURN_MS = 4;

/** The parts that the loop uses. */
export interface RequestLoopParts {
  readonly clock: Clock;
  readonly keyspace: Keyspace;
  readonly log: Log;
  readonly stats: ServerStats;
  readonly clients: ClientRegistry;
  readonly blocked: BlockedClients;
  readonly tracking: Tracking;
  readonly delivery: ReplyDelivery;
  readonly executor: Executor;
  readonly timer: CallTimer;
  readonly memoryLimit: MemoryLimit;
  readonly clientEviction: ClientEviction;
  readonly scripts: Pick<ScriptControl, "isPaused">;
}

/** The request loop of one server. */
export class RequestLoop {
  /** Most bytes of requests that may wait in a client's query buffer (`client-query-buffer-limit`). */
  queryBufferLimit = 0;
  /** When the present round began, by the monotonic clock; -1 between rounds. */
  #roundStartMs = -1;
  /** The value of `stats.commands` when the round began. */
  #commandsBeforeRound = 0;

  constructor(private readonly parts: RequestLoopParts) {}

  /** Makes a client's requests go on whenever nothing holds it any more. */
  adopt(client: Client): void {
    client.onFree = () => queueMicrotask(() => this.process(client));
  }

  /** Runs every complete request that the client has sent, and passes the replies to its connection. */
  process(client: Client): void {
    if (client.isClosed) return;
    if (client.holds === 0) {
      const turnEndMs = this.#begin(client) + TURN_MS;
      this.#runRequests(client, turnEndMs);
      this.#end(client);
    }
    this.#checkMemory(client);
  }

  /** Runs the requests again that wait for changed keys, until that changes no more keys that somebody waits for. */
  wakeBlocked(): void {
    const { blocked } = this.parts;
    // Nobody may see yet what a paused script has changed.
    while (blocked.hasWakeups && !this.parts.scripts.isPaused) {
      for (const wakeup of blocked.takeWakeups()) {
        if ("client" in wakeup) this.#release(wakeup.client, wakeup.release);
        else this.#wake(wakeup.database, wakeup.key);
      }
    }
  }

  /** Goes on with a request of a client that had to stop in the middle. */
  goOn(client: Client, step: () => void): void {
    const { clock, delivery, keyspace, timer } = this.parts;
    keyspace.setTime(clock.now());
    delivery.begin(client);
    const startMs = timer.begin();
    step();
    const microseconds = timer.lap(startMs);
    if (client.blocked !== undefined) client.blocked.microseconds += microseconds;
    delivery.end(client);
  }

  /** Ends the request of a client that has waited. `write` writes the reply. */
  answer(client: Client, write: EndingReply): void {
    this.#release(client, write);
    this.wakeBlocked();
  }

  /** Ends the wait of a client at its deadline. */
  timeOut(client: Client): void {
    const replyAtTimeout = client.blocked?.replyAtTimeout;
    if (replyAtTimeout !== undefined) this.#release(client, replyAtTimeout);
  }

  /** Ends the round; called before the replies of its requests go out. */
  endRound(): void {
    if (this.#roundStartMs < 0) return;
    const { clock, stats } = this.parts;
    const microseconds = (clock.monotonicMs() - this.#roundStartMs) * 1000;
    stats.countRound(microseconds, stats.commands - this.#commandsBeforeRound);
    this.#roundStartMs = -1;
  }

  /** Adjusts to the count of commands being set to zero. */
  forgetCommands(): void {
    this.#commandsBeforeRound = 0;
  }

  /** Prepares to run requests of a client. Returns the time by the monotonic clock, in milliseconds. */
  #begin(client: Client): number {
    const { clock, delivery, keyspace, stats, timer } = this.parts;
    const { reader } = client;
    const nowMs = clock.now();
    keyspace.setTime(nowMs);
    client.lastInteractionMs = nowMs;
    if (reader.receivedBytes > 0) {
      stats.reads++;
      stats.inputBytes += reader.receivedBytes;
      reader.receivedBytes = 0;
    }
    delivery.begin(client);
    const startMs = timer.begin();
    if (this.#roundStartMs < 0) {
      this.#roundStartMs = startMs;
      this.#commandsBeforeRound = stats.commands;
    }
    return startMs;
  }

  #runRequests(client: Client, turnEndMs: number): void {
    const { blocked, delivery, executor, memoryLimit, timer } = this.parts;
    const { reader } = client;
    while (client.holds === 0 && !client.closesAfterReply && !client.isClosed) {
      const result = reader.next();
      if (result === ReadResult.More) return;
      if (result === ReadResult.Error) return this.#refuse(client, reader.error);
      const outcome = executor.execute(client, reader.args, delivery.reply);
      // A request that waits for keys has a copy of its words. One that was held before it could begin is put back, and read again later.
      if (outcome === "waits" && client.blocked === undefined) reader.putBack();
      else if (client.upstream !== undefined) client.upstream.requestRun();
      this.#endRequest(client, outcome);
      if (timer.lastMs > turnEndMs || memoryLimit.lastMs > turnEndMs) this.#letOthersGo(client);
      if (blocked.hasWakeups && !this.parts.scripts.isPaused) {
        delivery.end(client);
        this.wakeBlocked();
        delivery.begin(client);
      }
    }
  }

  /** Call it after a request. Messages for its client come behind the reply. */
  #endRequest(client: Client, outcome: Outcome): void {
    const { delivery, tracking } = this.parts;
    if (tracking.hasPending) tracking.tellPending(client);
    delivery.endRequest(client, outcome === "done");
  }

  #end(client: Client): void {
    const { delivery, timer, tracking } = this.parts;
    timer.end();
    if (client.upstream !== undefined) client.upstream.turnEnded();
    delivery.end(client);
    if (tracking.hasChanges) tracking.tellBroadcasters();
    delivery.holdIfBehind(client);
    if (client.closesAfterReply && !client.isClosed) {
      client.connection.drained().then(() => client.close());
    }
  }

  #checkMemory(client: Client): void {
    const { clientEviction, clients, clock, log, stats } = this.parts;
    if (client.reader.requestBytes > this.queryBufferLimit && client.upstream === undefined) {
      stats.queryBufferLimitCuts++;
      log.warning(
        `Closing client that reached max query buffer length: ${client.describe(clock.now())}`,
      );
      client.close();
    }
    if (!clients.areMeasured) return;
    // The buffer gets the size that the next read needs, so that this memory is measured too.
    if (!client.isClosed) client.reader.prepare();
    clients.remeasure(client);
    clientEviction.enforce();
  }

  /** Holds a client whose requests have taken long and that has sent more, until others have had a turn. */
  #letOthersGo(client: Client): void {
    if (!client.reader.hasMore || client.holds !== 0 || client.closesAfterReply) return;
    client.hold(Hold.Turn);
    this.parts.clock.after(0, () => client.release(Hold.Turn));
  }

  /** Handles bytes that are no request: the client gets an error, and nothing more is read from it. */
  #refuse(client: Client, reason: string): void {
    const { clock, delivery, log, stats } = this.parts;
    const text = `ERR ${reason}`;
    log.verbose(`Protocol error (${reason}) from client: ${client.describe(clock.now())}`);
    stats.countError(text);
    if (!client.isMuted) delivery.reply.error(text);
    client.closesAfterReply = true;
  }

  /** Runs the requests again that wait for this key, if the key is in the state that they wait for. */
  #wake(database: Database, key: string): void {
    const { blocked, executor, keyspace } = this.parts;
    const bytes = fromLatin1(key);
    for (const client of blocked.waitingFor(database, key)) {
      const request = client.blocked;
      if (request === undefined || request.isReleased || client.isClosed) continue;
      const entry = database.lookup(bytes, 0, bytes.length);
      const type = entry === 0 ? -1 : keyspace.entries.type(entry);
      if (!isOfInterest(request, entry, type)) continue;
      if (executor.isPaused(client)) blocked.postpone(client);
      else this.#release(client, "again");
    }
  }

  /** Runs a request again, or writes the reply that ends its wait. Its client goes on, unless the request waits again. */
  #release(client: Client, release: Release): void {
    if (client.blocked === undefined) return;
    const { blocked, clock, delivery, executor, keyspace, timer } = this.parts;
    const { reply } = delivery;
    keyspace.setTime(clock.now());
    delivery.begin(client);
    timer.end();
    timer.begin();
    let outcome: Outcome = "done";
    if (release === "again") outcome = executor.resume(client, reply);
    else outcome = executor.finish(client, release, reply);
    timer.end();
    this.#endRequest(client, outcome);
    delivery.end(client);
    if (outcome === "done") blocked.unblock(client);
    else client.blocked.isReleased = false;
  }
}
