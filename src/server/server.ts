/**
 * The server without its sockets: runs the requests of clients that somebody else connects, and does its own housekeeping.
 *
 *     bytes → RequestReader → Executor (admit) → command.run(call) → Database
 *                                                ↘ ReplyWriter → one write for each batch of requests
 *
 * One thread runs everything, and a command runs to its end, so commands are atomic without a lock.
 *
 * @module
 */
import { Acl } from "../acl/acl.ts";
import { AclLog } from "../acl/acl_log.ts";
import { AclCatalog } from "../command/acl_catalog.ts";
import { commandSpecs } from "../commands/mod.ts";
import type { MemoryFigures, ServerContext, ShutdownRequest } from "../command/context.ts";
import { CommandTable } from "../command/command_table.ts";
import type { Config } from "../config/config.ts";
import type { GuardDirective } from "../config/directives.ts";
import { rewriteFile } from "../config/rewrite.ts";
import { BlockedClients, type EndingReply } from "../clients/blocked_clients.ts";
import { Client } from "../clients/client.ts";
import { ClientRegistry } from "../clients/client_registry.ts";
import type { Connection } from "../ports/connection.ts";
import type { Host } from "../ports/host.ts";
import { LatencyEvents } from "../telemetry/latency_events.ts";
import { Log } from "../telemetry/log.ts";
import { Monitors } from "../clients/monitors.ts";
import { ChangeStream } from "../changes/stream.ts";
import { PubSub } from "../clients/channels.ts";
import { Outbox } from "../session/outbox.ts";
import { Session } from "../session/session.ts";
import { SessionConnection } from "../session/session_connection.ts";
import { ServerStats } from "../telemetry/server_stats.ts";
import { SlowLog } from "../telemetry/slow_log.ts";
import { Tracking } from "../clients/tracking.ts";
import { WatchedKeys } from "../clients/watched_keys.ts";
import { Keyspace } from "../keyspace/keyspace.ts";
import { fromLatin1 } from "../lib/bytes.ts";
import type { Clock } from "../ports/clock.ts";
import type { RandomSource } from "../lib/random.ts";
import { messageOf } from "../lib/error_message.ts";
import type { Arguments } from "../resp/arguments.ts";
import { CallTimer } from "../execution/call_timer.ts";
import { ClientEviction } from "./client_eviction.ts";
import { Cron } from "./cron.ts";
import { Executor, type ReplayOutcome } from "../execution/executor.ts";
import { describeServer } from "./info.ts";
import { Changes } from "../changes/changes.ts";
import { observeKeyspace } from "../changes/keyspace_observer.ts";
import type { ListenerInfo } from "./listeners.ts";
import { MemoryLimit } from "./memory_limit.ts";
import { MemoryUsage } from "./memory_usage.ts";
import { Notifications } from "../changes/key_events.ts";
import { Persistence } from "../persistence/persistence.ts";
import { ReplyDelivery } from "./reply_delivery.ts";
import { RequestLoop } from "./request_loop.ts";
import { followServerConfig } from "./server_config.ts";
import { Shutdown } from "./shutdown.ts";
import { Users } from "./users.ts";

/** What a server is made of. */
export interface ServerOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly host: Host;
  /** Takes the lines of the log. */
  readonly logSink: (line: string) => void;
  /** Calls its argument at the end of a round (see `Network.afterRound`); without sockets a microtask will do. */
  readonly afterRound?: (run: () => void) => void;
}

/** A server; see the module's comment. */
export class Server implements ServerContext {
  readonly config: Config;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly host: Host;
  readonly log: Log;
  readonly keyspace: Keyspace;
  readonly clients: ClientRegistry = new ClientRegistry((isPaused) => {
    // What has been replicated when a pause begins must be all there is until it ends.
    this.keyspace.keepsExpired = isPaused;
    if (!isPaused) this.blocked.runPostponed();
  });
  readonly blocked: BlockedClients;
  readonly watched: WatchedKeys = new WatchedKeys();
  readonly pubsub: PubSub = new PubSub((client, bytes) => this.#delivery.push(client, bytes));
  readonly propagation: ChangeStream = new ChangeStream();
  readonly monitors: Monitors;
  readonly tracking: Tracking;
  readonly slowLog: SlowLog = new SlowLog();
  readonly latencyEvents: LatencyEvents = new LatencyEvents();
  readonly commands: CommandTable = new CommandTable(commandSpecs);
  readonly acl: Acl = new Acl(new AclCatalog(this.commands));
  readonly aclLog: AclLog = new AclLog();
  readonly stats: ServerStats = new ServerStats();
  /** When it was made, in milliseconds since 1970. */
  readonly startedMs: number;
  /** Forty hexadecimal digits that no other run has. */
  readonly runId: string;
  /** Resolves when the server shall stop. */
  readonly stopRequested: Promise<void>;
  activeExpireEnabled = true;
  isCronPaused = false;
  checksChecksums = true;
  /** The door of every change. */
  readonly changes: Changes;
  /** It has ended by {@link fail}. */
  hasFailed = false;
  /** TCP port that it listens on, and all that it listens on, for INFO: set by its listeners. */
  port = 0;
  listeners: readonly ListenerInfo[] = [];
  /** Where replies wait for the end of the round. */
  readonly outbox: Outbox;
  readonly #delivery: ReplyDelivery;
  readonly #executor: Executor;
  readonly memory: MemoryUsage = new MemoryUsage(this);
  readonly #memoryLimit: MemoryLimit;
  readonly #timer: CallTimer;
  readonly #cron: Cron;
  readonly #loop: RequestLoop;
  readonly #notifications: Notifications = new Notifications(this.pubsub);
  readonly #requestStop: () => void;
  /** Longest argument of a request, in bytes (`proto-max-bulk-len`). */
  maxBulkBytes = 0;
  readonly users: Users = new Users(this);
  readonly persistence: Persistence;
  readonly clientEviction: ClientEviction;
  /** How it ends: by SHUTDOWN or by a signal. */
  readonly ending: Shutdown;

  constructor(options: ServerOptions) {
    this.config = options.config;
    this.clock = options.clock;
    this.random = options.random;
    this.host = options.host;
    this.outbox = new Outbox(() => this.#beforeReplies(), options.afterRound ?? queueMicrotask);
    this.blocked = new BlockedClients(this.clock, (client) => this.#loop.timeOut(client));
    this.log = new Log(this.clock, this.host.pid, options.logSink);
    this.startedMs = this.clock.now();
    this.runId = [...this.random.secureBytes(20)]
      .map((byte) => byte.toString(16).padStart(2, "0")).join("");
    this.keyspace = new Keyspace(this.config.number("databases"), this.random);
    this.keyspace.setTime(this.startedMs);
    this.#delivery = new ReplyDelivery(this.stats, this.keyspace, this.log);
    this.monitors = new Monitors(
      this.clock,
      (client, bytes) => this.#delivery.push(client, bytes),
    );
    this.tracking = new Tracking(
      (id) => this.clients.get(id),
      (client, bytes) => this.#delivery.push(client, bytes),
    );
    this.#timer = new CallTimer(this.clock);
    this.changes = new Changes({
      blocked: this.blocked,
      watched: this.watched,
      tracking: this.tracking,
      notifications: this.#notifications,
      atHand: this.#delivery,
    });
    this.keyspace.observer = observeKeyspace(this, this.#notifications);
    this.#executor = new Executor(this, this.#timer);
    this.#cron = new Cron(this, this.#delivery);
    this.persistence = new Persistence(this);
    const stop = Promise.withResolvers<void>();
    this.stopRequested = stop.promise;
    this.#requestStop = stop.resolve;
    this.#memoryLimit = new MemoryLimit(this);
    this.clientEviction = new ClientEviction(this);
    this.#loop = new RequestLoop({
      clock: this.clock,
      keyspace: this.keyspace,
      log: this.log,
      stats: this.stats,
      clients: this.clients,
      blocked: this.blocked,
      tracking: this.tracking,
      delivery: this.#delivery,
      executor: this.#executor,
      timer: this.#timer,
      memoryLimit: this.#memoryLimit,
      clientEviction: this.clientEviction,
    });
    this.ending = new Shutdown(this, stop.resolve);
    followServerConfig(this, {
      delivery: this.#delivery,
      admission: this.#executor.admission,
      notifications: this.#notifications,
      loop: this.#loop,
      timer: this.#timer,
    });
  }

  /** Begins the housekeeping. */
  start(): void {
    this.#cron.start();
  }

  /** Stops the housekeeping and disconnects every client. */
  stop(): void {
    this.#cron.stop();
    this.#memoryLimit.stop();
    this.persistence.stop();
    for (const client of [...this.clients]) client.close();
  }

  /** The client whose requests run now. */
  get currentClient(): Client | undefined {
    return this.#delivery.current;
  }

  memoryFigures(): MemoryFigures {
    return this.memory.figures();
  }

  /**
   * Makes a client of a new connection, or refuses it: then undefined, and the connection is closed once the error is sent.
   */
  connect(connection: Connection): Client | undefined {
    const refusal = this.#refusal(connection);
    if (refusal !== undefined) {
      this.stats.rejectedConnections++;
      connection.send(fromLatin1(`-${refusal}\r\n`));
      connection.drained().then(() => connection.close());
      return undefined;
    }
    return this.#admit(connection);
  }

  #admit(connection: Connection): Client {
    const nowMs = this.clock.now();
    const client = new Client(
      this.clients.nextId(),
      connection,
      this.keyspace.databases[0],
      nowMs,
      this.acl.defaultUser,
    );
    client.reset(this.keyspace.databases[0], this.acl.defaultUser);
    client.reader.maxBulkBytes = this.maxBulkBytes;
    this.stats.connections++;
    this.#loop.adopt(client);
    client.onClose = () => this.#forget(client);
    this.clients.add(client);
    this.log.verbose(`Accepted ${connection.remoteAddress}`);
    return client;
  }

  /** Forgets a client that is closed, at once: its connection may come to know of it later. */
  #forget(client: Client): void {
    this.blocked.unblock(client);
    this.watched.unwatch(client);
    this.pubsub.forget(client);
    this.monitors.remove(client);
    if (client.tracking !== undefined) this.tracking.disable(client);
    this.clients.remove(client);
    if (this.log.shows("verbose")) {
      this.log.verbose(`Client closed connection ${client.describe(this.clock.now())}`);
    }
  }

  /** Runs every complete request that the client has sent, and hands the replies to its connection. */
  process(client: Client): void {
    this.#loop.process(client);
  }

  wakeBlocked(): void {
    this.#loop.wakeBlocked();
  }

  answer(client: Client, write: EndingReply): void {
    this.blocked.release(client, write);
    this.#loop.wakeBlocked();
  }

  /** Takes back the memory of replies that a connection has sent. */
  recycle(bytes: Uint8Array<ArrayBuffer>): void {
    this.#delivery.reply.recycle(bytes);
  }

  info(sections: readonly string[]): string {
    this.#timer.end();
    return describeServer(this, sections);
  }

  rewriteConfig(writesAll = false): string | undefined {
    if (this.config.file === "") return "The server is running without a config file";
    try {
      const users = this.config.text("aclfile") === "" ? this.acl.describe() : [];
      rewriteFile(this.config, this.host, users, writesAll);
      return undefined;
    } catch (error) {
      const reason = messageOf(error);
      this.log.warning(`CONFIG REWRITE failed: ${reason}`);
      return `Rewriting config file: ${reason}`;
    }
  }

  makeRoom(): boolean {
    const delivery = this.#delivery;
    // The client's command runs next: what it is told of keys that go now is about values that it does not see any more.
    delivery.isBetweenRequests = true;
    const hasRoom = this.#memoryLimit.makeRoom();
    delivery.isBetweenRequests = false;
    return hasRoom;
  }

  shutdown(request: ShutdownRequest): string | undefined {
    return this.ending.begin(request);
  }

  abortShutdown(): boolean {
    return this.ending.abort();
  }

  /** Ends the server at once, because it could no longer keep its promises. No reply goes out any more. */
  fail(message: string): void {
    if (this.hasFailed) return;
    this.hasFailed = true;
    this.log.warning(message);
    for (const client of [...this.clients]) client.close();
    this.#requestStop();
  }

  /** Lets the round end soon, though no reply may wait for that: there are changes to be kept. */
  endRoundSoon(): void {
    this.outbox.endRoundSoon();
  }

  /** Lets the replies of all requests that have run go out, now instead of at the end of the round. */
  sendReplies(): void {
    this.outbox.flush();
  }

  /** A client without a socket: calls are requests. It may do what the default user may, without a password. */
  session(): Session {
    const connection = new SessionConnection(
      this.outbox,
      (bytes) => this.recycle(bytes),
    );
    const client = this.#admit(connection);
    client.become(this.acl.defaultUser, true);
    client.resp = 3;
    return new Session(this, client, connection);
  }

  /** Called before replies go out: what they acknowledge must be kept first. */
  #beforeReplies(): void {
    if (this.persistence.aof.bufferedBytes > 0) this.#writeChanges();
    this.#loop.endRound();
  }

  #writeChanges(): void {
    const startMs = this.clock.monotonicMs();
    this.persistence.aof.flush();
    this.stats.appendMicroseconds += (this.clock.monotonicMs() - startMs) * 1000;
  }

  /** Time spent in commands, in microseconds. */
  get commandMicroseconds(): number {
    return this.#timer.totalMicroseconds;
  }

  /** Loads data from disk and begins to keep changes, if the configuration says so. Throws a `LoadError`. */
  async loadData(): Promise<void> {
    this.#executor.admission.isLoading = true;
    await this.persistence.start();
    this.#executor.admission.isLoading = false;
  }

  /** Runs a request again that was run before. */
  replay(client: Client, args: Arguments): ReplayOutcome {
    return this.#executor.replay(client, args, this.#delivery.reply);
  }

  resetStats(): void {
    // What has run belongs to the time before.
    this.#timer.end();
    this.#loop.forgetCommands();
    this.stats.reset();
    this.#timer.totalMicroseconds = 0;
    for (const command of this.commands.all) command.resetStats();
    this.keyspace.stats.reset();
    this.keyspace.evictor.evicted = this.clientEviction.evicted = 0;
    this.keyspace.lazyFree.freed = 0;
  }

  isAllowed(directive: GuardDirective, client: Client): boolean {
    const value = this.config.text(directive);
    if (value !== "local") return value === "yes";
    return client.connection.isLocal;
  }

  #refusal(connection: Connection): string | undefined {
    if (this.clients.size >= this.config.number("maxclients")) {
      return "ERR max number of clients reached";
    }
    const isOpen = !this.config.flag("protected-mode") || !this.acl.defaultUser.needsNoPassword;
    if (isOpen || connection.isLocal) return undefined;
    return "DENIED Redis is running in protected mode because protected mode is enabled and no " +
      "password is set for the default user. In this mode connections are only accepted from the " +
      "loopback interface. If you want to connect from external computers to Redis you may adopt " +
      "one of the following solutions: 1) Disable protected mode with CONFIG SET protected-mode " +
      "no from a client on this machine, after making sure that the server cannot be reached from " +
      "the internet. 2) Set protected-mode no in the configuration file and restart. 3) Start the " +
      "server with --protected-mode no. 4) Set a password for the default user by requirepass.";
  }
}
