/**
 * The life of clients: a connection becomes a client or is refused, and the client is forgotten when it has closed.
 *
 * @module
 */
import type { Acl } from "../acl/acl.ts";
import type { User } from "../acl/user.ts";
import type { BlockedClients } from "../clients/blocked_clients.ts";
import type { PubSub } from "../clients/channels.ts";
import { Client } from "../clients/client.ts";
import type { ClientRegistry } from "../clients/client_registry.ts";
import type { Monitors } from "../clients/monitors.ts";
import type { Tracking } from "../clients/tracking.ts";
import type { WatchedKeys } from "../clients/watched_keys.ts";
import type { Config } from "../config/config.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import { fromLatin1 } from "../lib/bytes.ts";
import type { Clock } from "../ports/clock.ts";
import type { Connection } from "../ports/connection.ts";
import type { Outbox } from "../session/outbox.ts";
import { RawSession } from "../session/raw_session.ts";
import { ReplyQueue } from "../session/reply_queue.ts";
import { Session } from "../session/session.ts";
import { SessionConnection, type SessionReceiver } from "../session/session_connection.ts";
import type { Log } from "../telemetry/log.ts";
import type { ServerStats } from "../telemetry/server_stats.ts";

const TOO_MANY = "ERR max number of clients reached";
const TOO_MANY_ON_NODE = "ERR max number of clients + cluster connections reached";
const PROTECTED =
  "DENIED Redis is running in protected mode because protected mode is enabled and no " +
  "password is set for the default user. In this mode connections are only accepted from the " +
  "loopback interface. If you want to connect from external computers to Redis you may adopt " +
  "one of the following solutions: 1) Disable protected mode with CONFIG SET protected-mode " +
  "no from a client on this machine, after making sure that the server cannot be reached from " +
  "the internet. 2) Set protected-mode no in the configuration file and restart. 3) Start the " +
  "server with --protected-mode no. 4) Set a password for the default user by requirepass.";

/** Runs the requests of clients. */
export interface ClientRequests {
  /** Makes a client's requests go on whenever nothing holds it any more. */
  adopt(client: Client): void;
  /** Runs every complete request that a client has sent. */
  process(client: Client): void;
}

/** What clients are made with, and the parts that know them. */
export interface ClientLifecycleParts {
  readonly acl: Acl;
  readonly blocked: BlockedClients;
  readonly clients: ClientRegistry;
  readonly clock: Clock;
  readonly config: Config;
  readonly faults: { refusesConnection(): boolean };
  readonly keyspace: Keyspace;
  readonly log: Log;
  readonly monitors: Monitors;
  readonly outbox: Outbox;
  readonly pubsub: PubSub;
  readonly loop: ClientRequests;
  readonly replication: { forget(client: Client): void };
  readonly stats: ServerStats;
  readonly tracking: Tracking;
  readonly watched: WatchedKeys;
  /** Takes back the memory of replies that were sent. */
  recycle(bytes: Uint8Array<ArrayBuffer>): void;
}

/** The clients of one server, from their first moment to their last. */
export class ClientLifecycle {
  /** Longest argument of a request, in bytes (`proto-max-bulk-len`). */
  #maxBulkBytes = 0;

  constructor(private readonly parts: ClientLifecycleParts) {
    const { clients, config } = parts;
    config.follow("proto-max-bulk-len", (bytes) => {
      this.#maxBulkBytes = bytes;
      for (const client of clients) client.reader.maxBulkBytes = bytes;
    });
  }

  /**
   * Makes a client of a new connection. If it is refused, returns undefined, and the connection is closed when the error has been sent. With
   * a `user` it has authenticated already, and acts for that user.
   */
  connect(connection: Connection, user?: User): Client | undefined {
    if (this.parts.faults.refusesConnection()) {
      connection.close();
      return undefined;
    }
    const refusal = this.#refusal(connection, user);
    if (refusal === undefined) {
      const client = this.#admit(connection);
      if (user !== undefined) client.become(user, true);
      return client;
    }
    this.parts.stats.rejectedConnections++;
    connection.send(fromLatin1(`-${refusal}\r\n`));
    connection.drained().then(() => connection.close());
    return undefined;
  }

  /** Forgets a closed client at once; its connection may notice only later. */
  #forget(client: Client): void {
    const { blocked, clients, clock, log, monitors, pubsub, tracking, watched } = this.parts;
    blocked.unblock(client);
    watched.unwatch(client);
    pubsub.forget(client);
    monitors.remove(client);
    if (client.tracking !== undefined) tracking.disable(client);
    if (client.isReplica) this.parts.replication.forget(client);
    clients.remove(client);
    if (log.shows("verbose")) {
      log.verbose(`Client closed connection ${client.describe(clock.now())}`);
    }
  }

  /** Makes a client without a socket, whose requests and replies are values. It acts as the default user, without a password. */
  session(): Session {
    const replies = new ReplyQueue();
    const raw = this.rawSession(replies);
    raw.client.resp = 3;
    return new Session(raw, replies);
  }

  /** As {@link session}, but requests and replies are bytes, of RESP2 until HELLO says otherwise. */
  rawSession(receiver: SessionReceiver): RawSession {
    const { acl, loop, outbox } = this.parts;
    const recycle = (bytes: Uint8Array<ArrayBuffer>) => this.parts.recycle(bytes);
    const client = this.#admit(new SessionConnection(outbox, receiver, recycle));
    client.become(acl.defaultUser, true);
    const host = {
      process: (client: Client) => loop.process(client),
      sendReplies: () => outbox.flush(),
    };
    return new RawSession(host, client);
  }

  /** Disconnects every client. */
  closeAll(): void {
    for (const client of [...this.parts.clients]) client.close();
  }

  #admit(connection: Connection): Client {
    const { acl, clients, clock, keyspace, log, loop, stats } = this.parts;
    const [database] = keyspace.databases;
    const client = new Client(
      clients.nextId(),
      connection,
      database,
      clock.now(),
      acl.defaultUser,
    );
    client.reset(database, acl.defaultUser);
    client.reader.maxBulkBytes = this.#maxBulkBytes;
    stats.connections++;
    loop.adopt(client);
    client.onClose = () => this.#forget(client);
    clients.add(client);
    log.verbose(`Accepted ${connection.remoteAddress}`);
    return client;
  }

  #refusal(connection: Connection, user?: User): string | undefined {
    const { acl, clients, config } = this.parts;
    if (clients.size >= config.number("maxclients")) {
      return config.flag("cluster-enabled") ? TOO_MANY_ON_NODE : TOO_MANY;
    }
    const isOpen = user !== undefined || !config.flag("protected-mode") ||
      !acl.defaultUser.needsNoPassword;
    return isOpen || connection.isLocal ? undefined : PROTECTED;
  }
}
