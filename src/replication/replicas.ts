/**
 * Who follows this server, and what they are sent: the stream of changes, from one backlog.
 *
 * A replica has a place in the backlog. At the end of a round, when the append-only file was written, each replica is sent what is new for
 * it, from its place on. One whose connection has not taken what it was sent before stays where it is, and the backlog keeps what it needs.
 *
 * @module
 */
import { type ChangeSink, SinkKind } from "../changes/stream.ts";
import type { Client } from "../clients/client.ts";
import type { ReplicaState } from "../clients/replica_state.ts";
import type { Config } from "../config/config.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../telemetry/log.ts";
import type { ServerStats } from "../telemetry/server_stats.ts";
import { Backlog } from "./backlog.ts";
import type { ReplicationHistory } from "./history.ts";
import { replicaName } from "./replica_name.ts";

/** A replica gets no more of the stream while its connection has this much to send. */
const AHEAD_BYTES = 2 ** 20;

/** A client that is a replica. */
export type Replica = Client & { replica: ReplicaState };

/** The parts that it uses. */
export interface ReplicasParts {
  readonly clock: Clock;
  readonly config: Config;
  readonly delivery: { checkLimit(client: Client): void };
  readonly log: Log;
  readonly stats: ServerStats;
  /** Makes sure that the round ends, so that what was fed goes out. */
  endRoundSoon(): void;
}

/** The replicas of one server. */
export class Replicas implements ChangeSink, Iterable<Replica> {
  readonly kind: number = SinkKind.Replicas;
  /** The newest part of the stream; undefined while nobody has needed it. */
  backlog: Backlog | undefined = undefined;
  /** Whether {@link send} may have something to do. */
  hasNews = false;
  /** Called when a replica has gone, has come online, or has told how far it is. */
  onProgress: () => void = () => {};
  readonly #all = new Set<Replica>();

  constructor(
    private readonly parts: ReplicasParts,
    private readonly history: ReplicationHistory,
  ) {
    parts.config.follow("repl-backlog-size", (size) => {
      if (this.backlog === undefined) return;
      this.backlog.size = size;
      this.#trim(this.backlog);
    });
  }

  /** How many replicas there are. */
  get size(): number {
    return this.#all.size;
  }

  /** All replicas, in order of arrival. */
  [Symbol.iterator](): IterableIterator<Replica> {
    return this.#all.values();
  }

  /** Begins to record the stream, if it is not recorded yet. */
  makeBacklog(): void {
    const size = this.parts.config.number("repl-backlog-size");
    this.backlog ??= new Backlog(size, this.history.offset + 1);
  }

  /** Forgets what was recorded. Nobody may need it. */
  dropBacklog(): void {
    this.backlog = undefined;
  }

  /** Adds a client that has asked to follow the server. */
  add(client: Replica): void {
    this.#all.add(client);
  }

  /** Forgets a client that has closed. */
  remove(client: Client): void {
    if (!this.#all.delete(client as Replica)) return;
    // What it was behind with is of no use any more.
    if (this.backlog?.isOverfull) this.#trim(this.backlog);
    this.onProgress();
  }

  /** Disconnects all, because they have another history than this server is about to have. */
  disconnectAll(): void {
    for (const client of [...this.#all]) client.close();
  }

  /**
   * Adds bytes to the history, and passes them to all replicas at the end of the round. They come from this server's changes, or from its
   * primary. They are valid only during the call.
   */
  feed(bytes: Uint8Array, start: number, length: number): void {
    const { backlog } = this;
    this.history.advance(length);
    if (backlog === undefined) return;
    backlog.append(bytes, start, length);
    if (backlog.isOverfull) this.#trim(backlog);
    if (this.#all.size === 0) return;
    this.hasNews = true;
    this.parts.endRoundSoon();
  }

  append(bytes: Uint8Array, start: number, length: number): void {
    this.feed(bytes, start, length);
  }

  /** Lets a replica have the stream from the number `next` on. */
  putOnline(client: Replica, next: number): void {
    const { replica } = client;
    replica.phase = "online";
    replica.next = next;
    replica.ackMs = this.parts.clock.now();
    this.hasNews = true;
    this.parts.endRoundSoon();
    this.onProgress();
  }

  /** Records that a replica has the stream up to an offset, and has it safe on disk up to `fileOffset`, if it says so. */
  acknowledge(client: Replica, offset: number, fileOffset: number | undefined): void {
    const { replica } = client;
    replica.ackOffset = Math.max(replica.ackOffset, offset);
    replica.fileOffset = Math.max(replica.fileOffset, fileOffset ?? 0);
    replica.ackMs = this.parts.clock.now();
    if (replica.waitsForAck) {
      replica.waitsForAck = false;
      this.hasNews = true;
      this.parts.endRoundSoon();
    }
    this.onProgress();
  }

  /** How many replicas have the stream up to an offset. */
  countAcknowledged(offset: number): number {
    return this.#countOnline(({ ackOffset }) => ackOffset >= offset);
  }

  /** How many replicas have it safe on disk. */
  countAppended(offset: number): number {
    return this.#countOnline(({ fileOffset }) => fileOffset >= offset);
  }

  /** How many replicas have told within this time that they are there. */
  countGood(maxLagSeconds: number): number {
    const nowMs = this.parts.clock.now();
    return this.#countOnline(({ ackMs }) => lagSeconds(ackMs, nowMs) <= maxLagSeconds);
  }

  /** Sends all replicas what is new for them. Called at the end of a round. */
  send(): void {
    this.hasNews = false;
    for (const client of this.#all) this.#send(client);
    // What a replica has needed until now may be beyond the size.
    if (this.backlog?.isOverfull) this.#trim(this.backlog);
  }

  /** Disconnects the replicas that have said nothing for longer than `repl-timeout`. */
  closeSilent(): void {
    const { clock, config, log } = this.parts;
    const nowMs = clock.now();
    for (const client of [...this.#all]) {
      const { ackMs, isOld, phase } = client.replica;
      if (phase !== "online" || isOld) continue;
      if (lagSeconds(ackMs, nowMs) <= config.number("repl-timeout")) continue;
      log.warning(
        `Disconnecting timedout replica (streaming sync): ${replicaName(client)}`,
      );
      client.close();
    }
  }

  #send(client: Replica): void {
    const { backlog } = this;
    const { connection, replica } = client;
    if (backlog === undefined || !replica.needsStream) return;
    if (replica.phase === "online" && !replica.waitsForAck && !replica.isBehind) {
      while (connection.pendingBytes < AHEAD_BYTES) {
        const piece = backlog.read(replica.next);
        if (piece === undefined) break;
        replica.next += piece.length;
        this.parts.stats.replicaOutputBytes += piece.length;
        connection.send(piece);
      }
      if (replica.next < backlog.end) this.#sendLater(client);
    }
    replica.waitingBytes = backlog.end - replica.next;
    this.parts.delivery.checkLimit(client);
  }

  /** Goes on when the connection has taken what it was handed. */
  #sendLater(client: Replica): void {
    client.replica.isBehind = true;
    client.connection.drained().then((isSent) => {
      client.replica.isBehind = false;
      if (isSent) this.#send(client);
      else client.close();
    });
  }

  #trim(backlog: Backlog): void {
    let neededFrom = backlog.end;
    for (const { replica } of this.#all) {
      if (replica.needsStream) neededFrom = Math.min(neededFrom, replica.next);
    }
    backlog.trim(neededFrom);
  }

  #countOnline(isMeant: (replica: ReplicaState) => boolean): number {
    let count = 0;
    for (const { replica } of this.#all) {
      if (replica.phase === "online" && isMeant(replica)) count++;
    }
    return count;
  }
}

/** Whole seconds from a moment until now. */
export function lagSeconds(sinceMs: number, nowMs: number): number {
  return Math.floor(nowMs / 1000) - Math.floor(sinceMs / 1000);
}
