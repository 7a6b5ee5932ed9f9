/**
 * A client: all that the server knows of one connection but the socket itself.
 *
 * @module
 */
import type { User } from "../acl/user.ts";
import type { Database } from "../keyspace/database.ts";
import type { RespVersion } from "../resp/reply_writer.ts";
import { RequestReader } from "../resp/request_reader.ts";
import type { BlockedRequest } from "./blocked_clients.ts";
import { Hold } from "./hold.ts";
import type { Subscriptions } from "./channels.ts";
import type { TrackingState } from "./tracking.ts";
import type { Transaction } from "./transaction.ts";
import type { WatchedKey } from "./watched_keys.ts";
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

/** What a client takes besides its buffers, about, in bytes. */
const OWN_BYTES = 1024;

/** So much output may wait before a client's requests do. */
export const OUTPUT_AHEAD_BYTES: number = 2 ** 20;

/** One connected client. */
export class Client {
  readonly reader: RequestReader = new RequestReader();
  /** Set by CLIENT SETNAME or HELLO. */
  name = "";
  /** The client library's name and version, by CLIENT SETINFO. */
  libName = "";
  /** See {@link libName}. */
  libVersion = "";
  /** The protocol it speaks. */
  resp: RespVersion = 2;
  /** Whether it may run commands that need authentication. */
  isAuthenticated = true;
  /** The ACL user it acts as. */
  user: User;
  /** A {@link ReplyMode}. */
  replyMode: number = ReplyMode.On;
  /** Reads do not mark keys as accessed (CLIENT NO-TOUCH). */
  noTouch = false;
  /** Its memory is not freed to make room (CLIENT NO-EVICT). */
  noEvict = false;
  /** Reads no more requests; closes when its replies are sent. */
  closesAfterReply = false;
  /** The connection is gone or about to be. */
  isClosed = false;
  /** Its commands must not wait for keys: in a transaction or a script. */
  mustNotBlock = false;
  /** It is not one that has connected: the requests of a script are run as it. */
  runsScript = false;
  /** Whom the script runs for. */
  caller: Client | undefined = undefined;
  /** Its requests repeat what was done before: the append-only file's. */
  isReplay = false;
  /** It sees every request that is run. */
  isMonitor = false;
  /** What it has sent since MULTI, until EXEC. */
  transaction: Transaction | undefined = undefined;
  /** Keys that it watches. */
  readonly watched: WatchedKey[] = [];
  /** Memory of {@link watched}, about, in bytes. */
  watchedBytes = 0;
  /** One of them has changed. */
  watchedHaveChanged = false;
  /** What it is subscribed to; undefined if it never was. */
  subscriptions: Subscriptions | undefined = undefined;
  /** How it tracks keys that it caches; undefined if it does not. */
  tracking: TrackingState | undefined = undefined;
  /** The request that waits for keys, if one does. */
  blocked: BlockedRequest | undefined = undefined;
  /** When its last request came, in milliseconds since 1970. */
  lastInteractionMs: number;
  /** Full name of the last command. */
  lastCommand = "NULL";
  /** What {@link memoryBytes} was when it was last measured. */
  measuredBytes = 0;
  /** When output first stood above the soft limit, or 0. */
  softLimitSinceMs = 0;
  /** Output that waited when that was last looked at: what has come since may be with the system in a moment, and does not count yet. */
  outputAtTick = 0;
  /** Requests wait while more output than this does, in bytes. */
  outputAllowance: number = OUTPUT_AHEAD_BYTES;
  /** While they do: how little output was left when that was last looked at, and since when it is not less. */
  leastOutput = 0;
  leastOutputSinceMs = 0;
  /** Called when nothing holds the client any more: its requests can go on. */
  onFree: () => void = () => {};
  /** Called when the client is closed: whoever knows of it forgets it. */
  onClose: () => void = () => {};
  #holds = 0;
  #freed: PromiseWithResolvers<void> | undefined;

  constructor(
    readonly id: number,
    readonly connection: Connection,
    /** The database it has selected. */
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

  /** What holds its requests up, as bits of {@link Hold}; 0 if nothing does. */
  get holds(): number {
    return this.#holds;
  }

  /** Holds its requests up for a cause, a bit of {@link Hold}, until {@link release}. */
  hold(cause: number): void {
    this.#holds |= cause;
  }

  /** Ends a {@link hold}. If it was the last one the client's requests go on. */
  release(cause: number): void {
    if ((this.#holds & cause) === 0) return;
    this.#holds &= ~cause;
    if (this.#holds === 0) this.#tellFreed();
  }

  /** Resolves when nothing holds the client any more, or it is closed. */
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

  /** Closes the connection; replies not yet sent are dropped. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.connection.close();
    this.#tellFreed();
    this.onClose();
  }

  /** Whether the request that runs now gets no reply. */
  get isMuted(): boolean {
    return this.replyMode === ReplyMode.Off || this.replyMode === ReplyMode.Skip;
  }

  /** A request is over: CLIENT REPLY SKIP is about the next one, and no more. */
  advanceReplyMode(): void {
    if (this.replyMode === ReplyMode.SkipNext) this.replyMode = ReplyMode.Skip;
    else if (this.replyMode === ReplyMode.Skip) this.replyMode = ReplyMode.On;
  }

  /** Back to how a client is after connecting, but for its id (RESET). */
  reset(db: Database, user: User): void {
    this.db = db;
    this.name = "";
    this.resp = 2;
    this.become(user, user.isOpen);
    // A reply that is to be skipped is that of RESET itself.
    if (this.replyMode !== ReplyMode.Skip) this.replyMode = ReplyMode.On;
    this.noTouch = false;
    this.noEvict = false;
  }

  /** Whether it gets messages. */
  get isSubscriber(): boolean {
    return this.subscriptions !== undefined && this.subscriptions.total > 0;
  }

  /** Memory it takes, about, in bytes. */
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
      oll: connection.pendingBytes > 0 ? 1 : 0,
      omem: connection.pendingBytes,
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
    const flags = (this.isMonitor ? "O" : "") + (this.isSubscriber ? "P" : "") +
      (this.transaction !== undefined ? "x" : "") +
      ((this.holds & (Hold.Request | Hold.Pause)) !== 0 ? "b" : "") +
      (this.tracking !== undefined ? "t" : "") + (this.tracking?.isRedirectBroken ? "R" : "") +
      (this.tracking?.prefixes !== undefined ? "B" : "") + (this.watchedHaveChanged ? "d" : "") +
      (this.closesAfterReply ? "c" : "") + (this.connection.isUnix ? "U" : "") +
      (this.noEvict ? "e" : "") + (this.noTouch ? "T" : "");
    return flags === "" ? "N" : flags;
  }
}
