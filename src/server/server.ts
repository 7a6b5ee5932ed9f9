/**
 * The server without its sockets: makes the parts and connects them. Each part declares the few others that it needs in an interface of its
 * own. The server has all of them, so it passes itself to each part as that interface.
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
import type { User } from "../acl/user.ts";
import { Changes } from "../changes/changes.ts";
import { Notifications } from "../changes/key_events.ts";
import { observeKeyspace } from "../changes/keyspace_observer.ts";
import { ChangeStream } from "../changes/stream.ts";
import { BlockedClients, type EndingReply } from "../clients/blocked_clients.ts";
import { PubSub } from "../clients/channels.ts";
import type { Client } from "../clients/client.ts";
import { Cluster } from "../cluster/cluster.ts";
import { ClientRegistry } from "../clients/client_registry.ts";
import { Monitors } from "../clients/monitors.ts";
import { Tracking } from "../clients/tracking.ts";
import { WatchedKeys } from "../clients/watched_keys.ts";
import { AclCatalog } from "../command/acl_catalog.ts";
import { specsAsOf } from "../command/as_of.ts";
import { CommandTable } from "../command/command_table.ts";
import { type Profile, PROFILES } from "../command/profile.ts";
import type { AdminContext, DebugSwitches, IsolateControl } from "../command/context.ts";
import { commandSpecs } from "../commands/mod.ts";
import type { Config } from "../config/config.ts";
import type { Admission } from "../execution/admission.ts";
import { CallTimer } from "../execution/call_timer.ts";
import { Executor, type ReplayOutcome } from "../execution/executor.ts";
import { Keyspace } from "../keyspace/keyspace.ts";
import { OwnVolatileKeys } from "../keyspace/own_volatile_keys.ts";
import { hexText } from "../lib/bytes.ts";
import type { RandomSource } from "../lib/random.ts";
import { Persistence } from "../persistence/persistence.ts";
import type { Clock } from "../ports/clock.ts";
import type { Connection } from "../ports/connection.ts";
import type { Host } from "../ports/host.ts";
import { KeptConnections } from "../ports/kept_connections.ts";
import { RoleHandover } from "../replication/role_handover.ts";
import { Following } from "../replication/following.ts";
import { Replication } from "../replication/replication.ts";
import type { Arguments } from "../resp/arguments.ts";
import type { Functions } from "../scripting/functions.ts";
import { Scripts } from "../scripting/scripts.ts";
import { Outbox } from "../session/outbox.ts";
import type { RawSession } from "../session/raw_session.ts";
import { replayingClient } from "../session/replaying_client.ts";
import type { Session } from "../session/session.ts";
import type { SessionReceiver } from "../session/session_connection.ts";
import { LatencyEvents } from "../telemetry/latency_events.ts";
import { Log } from "../telemetry/log.ts";
import { ServerStats } from "../telemetry/server_stats.ts";
import { SlowLog } from "../telemetry/slow_log.ts";
import { Branching } from "./branching.ts";
import { beNode, followCluster } from "./cluster_effects.ts";
import { ClientEviction } from "./client_eviction.ts";
import { ClientLifecycle } from "./client_lifecycle.ts";
import { Control } from "./control.ts";
import { Cron } from "./cron.ts";
import { Faults } from "./faults.ts";
import type { ListenerInfo } from "./listeners.ts";
import { MemoryLimit } from "./memory_limit.ts";
import { MemoryUsage } from "./memory_usage.ts";
import { ReplyDelivery } from "./reply_delivery.ts";
import { RequestLoop } from "./request_loop.ts";
import { followServerConfig } from "./server_config.ts";
import { Shutdown } from "./shutting_down.ts";
import { Users } from "./users.ts";

/** What a server is made with. */
export interface ServerOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly host: Host;
  /** Gets the lines of the log. */
  readonly logSink: (line: string) => void;
  /** Calls its argument at the end of a round (see `Network.afterRound`). The default is a microtask, which is right without sockets. */
  readonly afterRound?: (run: () => void) => void;
}

/**
 * A server; see the module's comment. A part is declared below the parts that its constructor uses.
 *
 * @internal
 */
export class Server implements AdminContext {
  readonly config: Config;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly host: Host;
  readonly keptConnections: KeptConnections;
  /** When the server was made, in milliseconds since 1970. */
  readonly startedMs: number;
  /** Forty hexadecimal digits that no other run has. */
  readonly runId: string;
  readonly log: Log;
  readonly keyspace: Keyspace;
  /** The cluster as this node sees it; undefined if the server is no node of one. */
  readonly cluster: Cluster | undefined;
  readonly stats: ServerStats = new ServerStats();
  readonly slowLog: SlowLog = new SlowLog();
  readonly latencyEvents: LatencyEvents = new LatencyEvents();
  /** The server that it is taken for. */
  readonly profile: Profile;
  readonly commands: CommandTable;
  readonly acl: Acl;
  readonly aclLog: AclLog = new AclLog();
  readonly switches: DebugSwitches = {
    activeExpireEnabled: true,
    checksChecksums: true,
    deniesToScripts: true,
    isCronPaused: false,
  };

  readonly clients: ClientRegistry = new ClientRegistry((isPaused) =>
    this.#clientsPaused(isPaused)
  );
  readonly blocked: BlockedClients;
  readonly watched: WatchedKeys = new WatchedKeys();
  readonly pubsub: PubSub;
  readonly monitors: Monitors;
  readonly tracking: Tracking;
  readonly users: Users;
  readonly clientEviction: ClientEviction;

  readonly notifications: Notifications;
  readonly changes: Changes;
  readonly propagation: ChangeStream = new ChangeStream();
  readonly persistence: Persistence;
  readonly replication: Replication;
  readonly following: Following;
  readonly failover: RoleHandover;

  readonly delivery: ReplyDelivery;
  readonly timer: CallTimer;
  readonly executor: Executor;
  readonly scripts: Scripts;
  readonly memory: MemoryUsage = new MemoryUsage(this);
  readonly memoryLimit: MemoryLimit;
  readonly loop: RequestLoop;
  /** Holds replies back until the end of the round. */
  readonly outbox: Outbox;
  readonly lifecycle: ClientLifecycle;

  /** Ends the server at SHUTDOWN or a signal. */
  readonly ending: Shutdown;
  readonly control: Control;
  readonly branches: Branching;
  readonly faults: Faults;
  /** Whoever starts the server sets it. */
  isolates: IsolateControl | undefined = undefined;
  readonly #cron: Cron;
  /** Resolves when the server shall stop. */
  readonly stopRequested: Promise<void>;
  readonly #requestStop: () => void;
  /** Whether {@link fail} has ended it. */
  hasFailed = false;
  /** The TCP port, and all listeners, for INFO. `Listeners` sets them. */
  port = 0;
  listeners: readonly ListenerInfo[] = [];

  constructor(options: ServerOptions) {
    const { clock, config, host, logSink, random } = options;
    this.config = config;
    this.profile = PROFILES[config.text("compatibility")];
    this.commands = new CommandTable(specsAsOf(this.profile, commandSpecs));
    this.acl = new Acl(new AclCatalog(this.commands));
    this.clock = clock;
    this.random = random;
    this.host = host;
    this.keptConnections = new KeptConnections(clock);
    this.startedMs = clock.now();
    this.runId = hexText(random.secureBytes(20));
    this.log = new Log(clock, host.pid, logSink);
    const isNode = config.flag("cluster-enabled");
    if (isNode) beNode(this);
    this.keyspace = new Keyspace(config.number("databases"), random, isNode);
    this.keyspace.setTime(this.startedMs);
    ({ promise: this.stopRequested, resolve: this.#requestStop } = Promise.withResolvers<void>());

    this.outbox = new Outbox(() => this.#beforeReplies(), options.afterRound ?? queueMicrotask);
    this.delivery = new ReplyDelivery(this.stats, this.keyspace, this.log);
    const push = (client: Client, bytes: Uint8Array<ArrayBuffer>) =>
      this.delivery.push(client, bytes);
    this.blocked = new BlockedClients(clock, (client) => this.loop.timeOut(client));
    this.pubsub = new PubSub(push);
    this.monitors = new Monitors(clock, push);
    this.tracking = new Tracking((id) => this.clients.get(id), push);
    this.users = new Users(this);
    this.clientEviction = new ClientEviction(this);

    this.notifications = new Notifications(this.pubsub);
    this.changes = new Changes(this);
    this.keyspace.observer = observeKeyspace(this);
    this.persistence = new Persistence(this);
    this.replication = new Replication(this);

    this.timer = new CallTimer(clock);
    this.executor = new Executor(this, this.timer);
    this.scripts = new Scripts(this);
    this.memoryLimit = new MemoryLimit(this);
    this.loop = new RequestLoop(this);
    this.lifecycle = new ClientLifecycle(this);
    this.following = new Following(this);
    this.failover = new RoleHandover(this);
    config.follow("replica-ignore-maxmemory", () => this.roleChanged());

    this.ending = new Shutdown(this, () => {
      this.scripts.stop();
      this.#requestStop();
    });
    this.control = new Control(this);
    this.branches = new Branching(this);
    this.faults = new Faults(this);
    this.#cron = new Cron(this);
    followServerConfig(this);
    // The file of nodes is in the directory that the configuration names.
    this.cluster = isNode ? new Cluster(this) : undefined;
    if (this.cluster !== undefined) followCluster(this, this.cluster);
  }

  get functions(): Functions {
    return this.scripts.functions;
  }

  get admission(): Admission {
    return this.executor.admission;
  }

  /** Starts the housekeeping. */
  start(): void {
    this.#cron.start();
  }

  /** Stops the housekeeping and disconnects every client. */
  stop(): void {
    this.#cron.stop();
    this.failover.stop();
    this.following.stop();
    this.keptConnections.closeAll();
    this.faults.end();
    this.memoryLimit.stop();
    this.scripts.stop();
    this.persistence.stop();
    this.lifecycle.closeAll();
  }

  /** Stops the server at once, because it could no longer keep what it has acknowledged. No more replies go out. */
  fail(message: string): void {
    if (this.hasFailed) return;
    this.hasFailed = true;
    this.log.warning(message);
    this.lifecycle.closeAll();
    this.#requestStop();
  }

  /** Loads data from disk and begins to keep changes, if the configuration says so. Throws a `LoadError`. */
  async loadData(): Promise<void> {
    const { loader } = this.persistence;
    this.admission.isLoading = true;
    loader.keepsExpired = this.following.isReplica;
    await this.persistence.start();
    this.cluster?.claimLoadedSlots();
    this.admission.isLoading = false;
    this.following.start(this.config.flag("appendonly") ? new Map() : loader.facts);
  }

  /** See {@link ClientLifecycle.connect}. */
  connect(connection: Connection, user?: User): Client | undefined {
    return this.lifecycle.connect(connection, user);
  }

  /** See {@link ClientLifecycle.session}. */
  session(): Session {
    return this.lifecycle.session();
  }

  /** See {@link ClientLifecycle.rawSession}. */
  rawSession(receiver: SessionReceiver): RawSession {
    return this.lifecycle.rawSession(receiver);
  }

  /** Makes sure that the round ends even if no reply waits for its end, because there are changes to keep. */
  endRoundSoon(): void {
    this.outbox.endRoundSoon();
  }

  /** Ends the round now, so that the replies of all requests that have run go out. */
  sendReplies(): void {
    this.outbox.flush();
  }

  /** Takes back the memory of replies that a connection has sent. */
  recycle(bytes: Uint8Array<ArrayBuffer>): void {
    this.delivery.reply.recycle(bytes);
  }

  answer(client: Client, write: EndingReply): void {
    this.blocked.release(client, write);
    this.loop.wakeBlocked();
  }

  makeRoom(): boolean {
    return this.memoryLimit.makeRoomForRequest();
  }

  /** Restores a branch while no request runs; see {@link Branching.restore}. */
  restoreBranch(name: string): void {
    const { delivery, keyspace, propagation, tracking } = this;
    keyspace.setTime(this.clock.now());
    delivery.isBetweenRequests = true;
    propagation.beginRequest();
    try {
      this.branches.restore(name, undefined);
    } finally {
      propagation.endUnit(true);
      delivery.isBetweenRequests = false;
    }
    if (tracking.hasChanges) tracking.tellBroadcasters();
    this.loop.wakeBlocked();
    this.endRoundSoon();
    this.sendReplies();
  }

  trimTracking(): void {
    // As with evicted keys, a client's messages about it come before its next reply.
    this.delivery.isBetweenRequests = true;
    this.tracking.trim();
    this.delivery.isBetweenRequests = false;
  }

  /** Makes a function that runs requests of the append-only file again, as one client. */
  replayer(): (request: Arguments) => ReplayOutcome {
    const client = replayingClient(this.acl, this.keyspace.databases[0], this.clock.now());
    return (request) => this.executor.replay(client, request, this.delivery.reply);
  }

  /** Called before replies go out, because the changes that they acknowledge must be kept first. */
  #beforeReplies(): void {
    if (this.persistence.aof.bufferedBytes > 0) this.#writeChanges();
    if (this.replication.hasNews) this.replication.send();
    this.cluster?.saveChanges();
    this.loop.endRound();
  }

  #writeChanges(): void {
    const startMs = this.clock.monotonicMs();
    this.persistence.aof.flush();
    this.stats.appendMicroseconds += (this.clock.monotonicMs() - startMs) * 1000;
  }

  /** What files say of the history that the present data is a state of. */
  historyFacts(): Readonly<Record<string, string>> {
    return this.following.facts();
  }

  /** Called when the server has become a replica or a primary. */
  roleChanged(): void {
    const isReplica = this.following.link !== undefined;
    this.log.isReplica = isReplica;
    this.memoryLimit.isLeftToPrimary = isReplica && this.config.flag("replica-ignore-maxmemory");
    this.#chooseExpiry();
  }

  #clientsPaused(isPaused: boolean): void {
    this.#chooseExpiry();
    if (!isPaused) this.blocked.runPostponed();
  }

  /**
   * While CLIENT PAUSE is in force nothing may be added to the stream of changes, so expired keys stay. On a replica they stay until the
   * primary says that they are gone.
   */
  #chooseExpiry(): void {
    const { clients, following, keyspace } = this;
    const isReplica = following.link !== undefined;
    const isPaused = clients.pauseMode !== undefined;
    keyspace.keepsExpired = isReplica || isPaused;
    const own = isReplica
      ? keyspace.ownVolatileKeys ?? new OwnVolatileKeys(keyspace.entries)
      : undefined;
    keyspace.ownVolatileKeys = own;
    if (own !== undefined) own.isPaused = isPaused;
  }
}
