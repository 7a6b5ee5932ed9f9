/**
 * A client: everything that the server knows about one connection, except the socket itself.
 *
 * @module
 */
import type { User } from "../acl/user.ts";
import type { Database } from "../keyspace/database.ts";
import type { RespVersion } from "../resp/reply_writer.ts";
import { RequestReader } from "../resp/request_reader.ts";
import type { BlockedRequest } from "./blocked_request.ts";
import { Hold } from "./hold.ts";
import type { Subscriptions } from "./subscriptions.ts";
import type { TrackingState } from "./tracking_state.ts";
import type { ReplicaState } from "./replica_state.ts";
import type { Transaction } from "./transaction.ts";
import type { WatchedKey } from "./watched_key.ts";
import type { Connection } from "../ports/connection.ts";

/** Whether a client wants replies (CLIENT REPLY). */
export const ReplyMode = {
  On: 0,
  Off: 1,
  /** The next request gets no reply. */
  SkipNext: 2,
  /** This request gets none. */
  Skip: 3,
} as const;

/** Estimated memory of a client besides its buffers, in bytes. */
const OWN_BYTES = 1024;

/** A client whose waiting output exceeds this is held. */
export const OUTPUT_AHEAD_BYTES: number = 2 ** 20;

/** Follows how the requests of this server's primary are run. */
export interface Upstream {
  /** Called when a request has been run, or queued in a transaction. */
  requestRun(): void;
  /** Called when all requests have been run that can be run now. */
  turnEnded(): void;
}

/**
 * One connected client.
 *
 * @internal
 */
export class Client {
  readonly reader: RequestReader = new RequestReader();
  /** The client's name, from CLIENT SETNAME or HELLO. */
  name = "";
  /** The client library's name, from CLIENT SETINFO. */
  libName = "";
  /** The client library's version, from CLIENT SETINFO. */
  libVersion = "";
  /** The protocol version that it speaks. */
  resp: RespVersion = 2;
  /** Whether it may run commands that need authentication. */
  isAuthenticated = true;
  /** The ACL user it acts as. */
  user: User;
  /** A {@link ReplyMode}. */
  replyMode: number = ReplyMode.On;
  /** Whether its reads leave the access clocks of keys alone (CLIENT NO-TOUCH). */
  noTouch = false;
  /** Whether `maxmemory-clients` spares it (CLIENT NO-EVICT). */
  noEvict = false;
  /** Whether it is to be closed when its replies are sent. Nothing more is read from it. */
  closesAfterReply = false;
  /** Whether the connection is gone or about to be closed. */
  isClosed = false;
  /** Whether its commands must not wait for keys, because they run in a transaction or a script. */
  mustNotBlock = false;
  /** Whether it never connected, and only runs the requests of a script. */
  runsScript = false;
  /** The client that the script runs for. */
  caller: Client | undefined = undefined;
  /** Whether its requests come from the append-only file and repeat what was done before. */
  isReplay = false;
  /** Set if it is the primary of this server: its requests are the primary's stream of changes, and are obeyed. */
  upstream: Upstream | undefined = undefined;
  /** Whether its next request may use a slot that is on its way to this node (ASKING). */
  isAsking = false;
  /** Whether ASKING was its last request. */
  hasJustAsked = false;
  /** Whether it may read from a replica of the node that serves a slot (READONLY). */
  readsFromReplicas = false;
  /** The slot of the keys of the request that it runs; -1 for none. Kept on the node of a cluster only. */
  slot = -1;
  /** Whether it sees every request that is run (MONITOR). */
  isMonitor = false;
  /** What it has told of itself as a replica; undefined if it never did. */
  replica: ReplicaState | undefined = undefined;
  /** The last byte of the stream of changes when one of its requests last ran. */
  changesOffset = 0;
  /** The requests that it has sent since MULTI; undefined outside a transaction. */
  transaction: Transaction | undefined = undefined;
  /** The keys that it watches. */
  readonly watched: WatchedKey[] = [];
  /** Estimated memory of {@link watched}, in bytes. */
  watchedBytes = 0;
  /** Whether one of the watched keys has changed. */
  watchedHaveChanged = false;
  /** Its subscriptions; undefined if it never had any. */
  subscriptions: Subscriptions | undefined = undefined;
  /** How it tracks the keys that it caches; undefined if it does not track. */
  tracking: TrackingState | undefined = undefined;
  /** Its request that waits, if there is one. */
  blocked: BlockedRequest | undefined = undefined;
  /** When its requests last ran, in milliseconds since 1970. */
  lastInteractionMs: number;
  /** Full name of the last command. */
  lastCommand = "NULL";
  /** The value of {@link memoryBytes} when it was last measured. */
  measuredBytes = 0;
  /** Since when the waiting output has been above the soft limit, in milliseconds since 1970; 0 if it is not. */
  softLimitSinceMs = 0;
  /**
   * The output that was waiting at the last tick of the housekeeping. Later output does not count yet, because the system may take it in a
   * moment.
   */
  outputAtTick = 0;
  /** The client is held while more output than this is waiting, in bytes. */
  outputAllowance: number = OUTPUT_AHEAD_BYTES;
  /** While the client is held for its output: the least output that was waiting so far, and since when it has not become less. */
  leastOutput = 0;
  leastOutputSinceMs = 0;
  /** Called when nothing holds the client any more, so that its requests can go on. */
  onFree: () => void = () => {};
  /** Called when the client is closed, so that whoever knows it forgets it. */
  onClose: () => void = () => {};
  #holds = 0;
  #freed: PromiseWithResolvers<void> | undefined;

  constructor(
    readonly id: number,
    readonly connection: Connection,
    /** The database that it has selected. */
    public db: Database,
    readonly createdMs: number,
    user: User,
  ) {
    this.user = user;
    this.lastInteractionMs = createdMs;
  }

  /** Acts as a user from now on. */
  become(user: User, isAuthenticated: boolean): void {
    this.user = user;
    this.isAuthenticated = isAuthenticated;
    this.reader.isAuthenticated = isAuthenticated;
  }

  /** The causes that hold its requests up, as bits of {@link Hold}; 0 if nothing does. */
  get holds(): number {
    return this.#holds;
  }

  /** Holds its requests up for a cause, a bit of {@link Hold}, until {@link release} is called for it. */
  hold(cause: number): void {
    this.#holds |= cause;
  }

  /** Ends a {@link hold}. If it was the last one, the client's requests go on. */
  release(cause: number): void {
    if ((this.#holds & cause) === 0) return;
    this.#holds &= ~cause;
    if (this.#holds === 0) this.#tellFreed();
  }

  /** Resolves when nothing holds the client any more, or when it is closed. */
  freed(): Promise<void> {
    if (this.#holds === 0 || this.isClosed) return Promise.resolve();
    this.#freed ??= Promise.withResolvers<void>();
    return this.#freed.promise;
  }

  #tellFreed(): void {
    this.#freed?.resolve();
    this.#freed = undefined;
    if (!this.isClosed) this.onFree();
  }

  /** Closes the connection; replies that were not sent yet are dropped. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.connection.close();
    this.#tellFreed();
    this.onClose();
  }

  /** Whether the request that is running gets no reply. */
  get isMuted(): boolean {
    return this.replyMode === ReplyMode.Off || this.replyMode === ReplyMode.Skip;
  }

  /** Updates {@link replyMode} after a request: CLIENT REPLY SKIP applies to the next request only. */
  advanceReplyMode(): void {
    if (this.replyMode === ReplyMode.SkipNext) this.replyMode = ReplyMode.Skip;
    else if (this.replyMode === ReplyMode.Skip) this.replyMode = ReplyMode.On;
  }

  /** Ends the effect of ASKING with a request that is over. A transaction is one request. */
  endAsking(): void {
    if (this.transaction === undefined && !this.hasJustAsked) this.isAsking = false;
    this.hasJustAsked = false;
  }

  /** Puts the client back into the state after connecting, but keeps its id (RESET). */
  reset(db: Database, user: User): void {
    this.db = db;
    this.name = "";
    this.resp = 2;
    this.become(user, user.isOpen);
    // If a reply is to be skipped, it is the reply of RESET itself.
    if (this.replyMode !== ReplyMode.Skip) this.replyMode = ReplyMode.On;
    this.noTouch = false;
    this.noEvict = false;
    this.isAsking = false;
    this.readsFromReplicas = false;
  }

  /** Whether it follows the server as a replica. */
  get isReplica(): boolean {
    return this.replica !== undefined && this.replica.isAttached;
  }

  /** Bytes that wait to be sent to it. */
  get outputBytes(): number {
    return this.connection.pendingBytes + (this.replica?.waitingBytes ?? 0);
  }

  /** Whether it is subscribed to anything. */
  get isSubscriber(): boolean {
    return this.subscriptions !== undefined && this.subscriptions.total > 0;
  }

  /** Estimated memory of the client, in bytes. */
  get memoryBytes(): number {
    return this.reader.memoryBytes +
      Math.min(this.connection.pendingBytes, this.outputAtTick) +
      (this.transaction?.memoryBytes ?? 0) + (this.subscriptions?.memoryBytes ?? 0) +
      (this.tracking?.memoryBytes ?? 0) + (this.blocked?.args.bytes.length ?? 0) +
      this.watchedBytes + OWN_BYTES;
  }

  /** One line of CLIENT LIST, without the line end. */
  describe(nowMs: number): string {
    const { reader, connection } = this;
    const fields = {
      id: this.id,
      addr: connection.remoteAddress,
      laddr: connection.localAddress,
      fd: this.id,
      name: this.name,
      age: Math.floor((nowMs - this.createdMs) / 1000),
      idle: Math.floor((nowMs - this.lastInteractionMs) / 1000),
      flags: this.#flags(),
      db: this.db.index,
      sub: this.subscriptions?.channel.size ?? 0,
      psub: this.subscriptions?.pattern.size ?? 0,
      ssub: this.subscriptions?.shard.size ?? 0,
      multi: this.transaction?.count ?? -1,
      qbuf: reader.queryBytes,
      "qbuf-free": reader.bufferBytes - reader.requestBytes,
      "argv-mem": reader.args.totalBytes,
      "multi-mem": this.transaction?.memoryBytes ?? 0,
      rbs: 0,
      rbp: 0,
      obl: 0,
      oll: this.outputBytes > 0 ? 1 : 0,
      omem: this.outputBytes,
      "tot-mem": this.memoryBytes,
      events: connection.pendingBytes > 0 ? "rw" : "r",
      cmd: this.lastCommand,
      user: this.user.name,
      redir: this.tracking?.redirect ?? -1,
      resp: this.resp,
      "lib-name": this.libName,
      "lib-ver": this.libVersion,
    };
    return Object.entries(fields).map(([name, value]) => `${name}=${value}`).join(" ");
  }

  #flags(): string {
    const flags = (this.upstream !== undefined ? "M" : "") + (this.isReplica ? "S" : "") +
      (this.isMonitor ? "O" : "") +
      (this.isSubscriber ? "P" : "") +
      (this.transaction !== undefined ? "x" : "") +
      ((this.holds & (Hold.Request | Hold.Pause)) !== 0 ? "b" : "") +
      (this.tracking !== undefined ? "t" : "") + (this.tracking?.isRedirectBroken ? "R" : "") +
      (this.tracking?.prefixes !== undefined ? "B" : "") + (this.watchedHaveChanged ? "d" : "") +
      (this.closesAfterReply ? "c" : "") + (this.connection.isUnix ? "U" : "") +
      (this.readsFromReplicas ? "r" : "") +
      (this.noEvict ? "e" : "") + (this.noTouch ? "T" : "");
    return flags === "" ? "N" : flags;
  }
}
