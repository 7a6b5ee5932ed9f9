/**
 * The link of a replica to its primary: connects, asks for what it lacks, takes it in, and then follows the stream. Whenever the link
 * breaks, it is made again; what the replica has by then stays, and it asks for the rest.
 *
 *     connect ──▶ connecting ──▶ handshake ─┬─ +CONTINUE ─────────────────▶ connected
 *        ▲                                  └─ +FULLRESYNC ──▶ sync ──▶───────┘ │
 *        └──────────────── whatever goes wrong, at any time ◀───────────────────┘
 *
 * A tick each second notices silence, acknowledges what was applied, and makes a broken link again. Everything else is one `async` function
 * for each attempt, which ends when its connection is closed.
 *
 * @module
 */
import type { Client } from "../clients/client.ts";
import type { LinkFigures, LinkState, PrimaryAddress } from "../command/following_control.ts";
import type { Database } from "../keyspace/database.ts";
import type { AppendOnlyFile } from "../persistence/append_only_file.ts";
import type { Timer } from "../ports/clock.ts";
import type { Connection } from "../ports/connection.ts";
import type { OutgoingConnection } from "../ports/outgoing.ts";
import { encodeRequest } from "../resp/request_writer.ts";
import type { ServerStats } from "../telemetry/server_stats.ts";
import { FullSync, type FullSyncParts } from "./full_sync.ts";
import { introduce, requestSync, type WantedPart } from "./handshake.ts";
import type { ReplicationHistory } from "./history.ts";
import { LinkError, LinkInput } from "./link_input.ts";
import { PrimaryStream, type PrimaryStreamParts } from "./primary_stream.ts";
import { tlsTrust } from "./tls_trust.ts";
import { readTransferHeader } from "./transfer.ts";
import type { Replicas } from "./replicas.ts";

const TICK_MS = 1000;
const NO_CONNECTION = "Timeout connecting to the MASTER...";
/** What the log says when a primary is silent. */
const TIMEOUTS = {
  connecting: NO_CONNECTION,
  handshake: NO_CONNECTION,
  sync: "Timeout receiving bulk data from MASTER... If the problem persists try to set the " +
    "'repl-timeout' parameter in redis.conf to a larger value.",
  connected: "MASTER timeout: no data nor PING received...",
};
const NEWLINE = new Uint8Array([0x0a]);

/** The parts that it uses. */
export interface PrimaryLinkParts extends FullSyncParts, PrimaryStreamParts {
  readonly persistence: FullSyncParts["persistence"] & {
    readonly aof: Pick<AppendOnlyFile, "safePosition" | "state">;
  };
  /** The port at which clients reach this server. */
  readonly port: number;
  readonly replication: {
    readonly history: ReplicationHistory;
    readonly replicas: Replicas;
  };
  readonly stats: ServerStats;
}

/** Who has made a link. */
export interface LinkOwner {
  /** Whether the primary, a replica of this server so far, is asked to take over. */
  readonly isFailingOver: boolean;
  /** Called when a primary has answered the request for the stream. */
  failoverAnswered(hasAccepted: boolean): void;
  /** Called when the data is about to become that of another history. */
  leaveHistory(): void;
  /** Called when it has. A primary that is too old to have a history leaves the id to this server. */
  enterHistory(id: string | undefined, offset: number): void;
  /** Called when the state of the link has changed. */
  linkChanged(): void;
}

/** Where a link begins. */
export interface LinkStart {
  /** The history of this server is known so well that the primary may send only what is missing. */
  readonly canContinue: boolean;
  /** The database that is selected at the end of it. */
  readonly database: Database;
}

/** The link of one server to one primary. */
export class PrimaryLink implements LinkFigures {
  state: LinkState = "connect";
  /** When something last came from the primary, in milliseconds since 1970. */
  lastInputMs: number;
  downSinceMs = 0;
  /** The running transfer of all data. */
  sync: FullSync | undefined;
  /** See {@link LinkStart}. */
  canContinue: boolean;
  database: Database;
  #stream: PrimaryStream | undefined;
  #connection: OutgoingConnection | undefined;
  #tickTimer: Timer | undefined;
  /** Why the connection was closed, if this side has closed it. */
  #closeReason: string | undefined;
  /** Rejects when this side closes the connection. */
  #closing = Promise.withResolvers<never>();
  #sending: Promise<void> = Promise.resolve();
  #isStopped = false;
  #isKnownToBeOld = false;

  constructor(
    private readonly parts: PrimaryLinkParts,
    private readonly owner: LinkOwner,
    readonly address: PrimaryAddress,
    start: LinkStart,
  ) {
    this.canContinue = start.canContinue;
    this.database = start.database;
    this.lastInputMs = parts.clock.now();
  }

  /** Begins. */
  start(): void {
    this.#tickTimer = this.parts.clock.after(TICK_MS, () => this.#tick());
    this.#connect("Connecting");
  }

  /** Ends the link for good. What was applied stays. */
  stop(): void {
    this.#isStopped = true;
    this.#tickTimer?.cancel();
    this.sync?.abandon();
    this.close("The link is not wanted any more");
    this.#endStream();
  }

  get isUp(): boolean {
    return this.state === "connected";
  }

  get isSyncing(): boolean {
    return this.state === "sync";
  }

  /** The client whose requests are the primary's stream; undefined unless the link is up. */
  get client(): Client | undefined {
    return this.#stream?.client;
  }

  /** The index of the database that is selected at the end of what was applied. */
  get selected(): number {
    return (this.#stream?.client.db ?? this.database).index;
  }

  /** The number of the last byte that was applied. */
  get appliedOffset(): number {
    return this.parts.replication.history.offset + (this.#stream?.appliedBytes ?? 0);
  }

  /** The number of the last byte that has come. */
  get readOffset(): number {
    return this.appliedOffset + (this.#stream?.waitingBytes ?? 0);
  }

  /** Tells the primary how far this server is. */
  acknowledge(): void {
    if (this.#stream === undefined || this.#isKnownToBeOld) return;
    const words = ["REPLCONF", "ACK", String(this.appliedOffset)];
    const { aof } = this.parts.persistence;
    if (aof.state !== "off") words.push("FACK", String(aof.safePosition));
    this.#send(encodeRequest(words)).catch(() => {});
  }

  /** Closes the connection; the attempt that uses it ends then. */
  close(reason: string): void {
    if (this.#closeReason !== undefined) return;
    this.#closeReason = reason;
    this.#closing.reject(new LinkError(reason));
    this.#connection?.close();
  }

  #connect(verb: "Connecting" | "Reconnecting"): void {
    const { host, port } = this.address;
    this.parts.log.notice(`${verb} to MASTER ${host}:${port}`);
    this.#attempt().catch((error) => this.#broken(error));
  }

  /** Lives as long as the connection. Throws when the link breaks. */
  async #attempt(): Promise<never> {
    const { log } = this.parts;
    this.#closeReason = undefined;
    this.#closing = Promise.withResolvers<never>();
    this.#closing.promise.catch(() => {});
    this.#sending = Promise.resolve();
    this.lastInputMs = this.parts.clock.now();
    this.#enter("connecting");
    log.notice("MASTER <-> REPLICA sync started");
    const connection = await this.#open();
    const input = new LinkInput(connection, (count) => {
      this.lastInputMs = this.parts.clock.now();
      this.parts.stats.primaryInputBytes += count;
    });
    log.notice("Non blocking connect for SYNC fired the event.");
    this.#enter("handshake");
    await this.#synchronize(input);
    this.downSinceMs = 0;
    this.#enter("connected");
    for (;;) {
      const stream = this.#stream!;
      await stream.receive(await input.block());
      if (stream.client.isClosed) throw new LinkError("connection closed");
    }
  }

  async #open(): Promise<OutgoingConnection> {
    const { config, host } = this.parts;
    const trust = tlsTrust(config, host);
    const connecting = host.connect(this.address.host, this.address.port, trust);
    try {
      this.#connection = await Promise.race([connecting, this.#closing.promise]);
      return this.#connection;
    } catch (error) {
      if (error instanceof LinkError) {
        connecting.then((late) => late.close(), () => {});
        throw error;
      }
      throw new LinkError(`Error condition on socket for SYNC: ${(error as Error).message}`);
    }
  }

  /** Comes to an understanding with the primary, from which the stream goes on. */
  async #synchronize(input: LinkInput): Promise<void> {
    const { config, log, replication: { history, replicas } } = this.parts;
    const talk = { input, log, send: (bytes: Uint8Array) => this.#send(bytes) };
    await introduce(talk, {
      user: config.text("masteruser"),
      password: config.text("masterauth"),
      announcedIp: config.text("replica-announce-ip"),
      listeningPort: config.number("replica-announce-port") || this.#listeningPort,
    });
    const wanted: WantedPart | undefined = this.canContinue
      ? { id: history.id, offset: history.offset + 1 }
      : undefined;
    const answer = await requestSync(talk, wanted, this.owner.isFailingOver);
    this.#mustBeOpen();
    this.owner.failoverAnswered(answer.kind === "partial" || answer.kind === "full");
    this.#mustBeOpen();
    if (answer.kind === "later") {
      throw new LinkError(
        `Master is currently unable to PSYNC but should be in the future: ${answer.reply}`,
      );
    }
    if (answer.kind === "partial") {
      if (answer.id !== undefined && answer.id !== history.id) {
        log.notice(`Master replication ID changed to ${answer.id}`);
        history.renamed(answer.id);
        // They must ask again, because their history has another name now.
        replicas.disconnectAll();
      }
      log.notice("MASTER <-> REPLICA sync: Master accepted a Partial Resynchronization.");
      return this.#follow();
    }
    this.#isKnownToBeOld = answer.kind === "unsupported";
    if (answer.kind === "unsupported") {
      log.notice("Retrying with SYNC...");
      await this.#send(encodeRequest(["SYNC"]));
      return this.#takeAll(input, undefined, 0);
    }
    return this.#takeAll(input, answer.id, answer.offset);
  }

  /** Throws if this side has closed the connection while something that had come already was on its way here. */
  #mustBeOpen(): void {
    if (this.#closeReason !== undefined) throw new LinkError(this.#closeReason);
  }

  /** The port of the kind that the link itself uses. */
  get #listeningPort(): number {
    const { config, port } = this.parts;
    return config.flag("tls-replication") ? config.number("tls-port") : port;
  }

  /** Takes in all data of the primary, which are those of a history at an offset. A primary that is too old to tell has no history. */
  async #takeAll(input: LinkInput, id: string | undefined, offset: number): Promise<void> {
    const { clock, keyspace, log, persistence, replication: { history } } = this.parts;
    const sync = new FullSync(this.parts, id === history.id);
    this.sync = sync;
    this.lastInputMs = clock.now();
    this.#enter("sync");
    try {
      const header = await readTransferHeader(input);
      const file = await sync.receive(input, header);
      const facts = await sync.load(file, () => {
        this.canContinue = false;
        this.owner.leaveHistory();
      });
      if (this.#isStopped) throw new LinkError("The link is not wanted any more");
      this.owner.enterHistory(id, offset);
      this.canContinue = id !== undefined;
      this.database = keyspace.databases[Number(facts.get("repl-stream-db") ?? 0)] ??
        keyspace.databases[0];
      log.notice("MASTER <-> REPLICA sync: Finished with success");
      this.#follow();
      if (header.kind === "marked") this.acknowledge();
      persistence.keepAgain();
    } finally {
      this.sync = undefined;
    }
  }

  /** Makes the client whose requests come from now on. */
  #follow(): void {
    const { replicas } = this.parts.replication;
    this.#stream = new PrimaryStream(
      this.parts,
      this.#clientConnection(),
      this.database,
      (bytes, start, length) => replicas.feed(bytes, start, length),
    );
  }

  /** The connection as the client has it. It is closed by CLIENT KILL, or because what has come is no request. */
  #clientConnection(): Connection {
    const { host, port } = this.address;
    return {
      remoteAddress: `${host}:${port}`,
      localAddress: "",
      isUnix: false,
      isLocal: false,
      pendingBytes: 0,
      send: () => {},
      drained: () => Promise.resolve(true),
      close: () => this.#clientClosed(),
    };
  }

  #clientClosed(): void {
    const error = this.#stream?.client.reader.error ?? "";
    if (error === "") return this.close("The connection was closed");
    // Nobody knows where the next request begins, so there is no point to go on from.
    this.canContinue = false;
    this.close(`${error} from master`);
  }

  /** Sends behind what is being sent. */
  #send(bytes: Uint8Array): Promise<void> {
    const connection = this.#connection!;
    const sent = this.#sending.then(() => connection.send(bytes));
    this.#sending = sent.catch(() => {});
    return sent.catch((error) => {
      throw new LinkError(`Writing to master: ${(error as Error).message}`);
    });
  }

  #enter(state: LinkState): void {
    this.state = state;
    this.owner.linkChanged();
  }

  /** The attempt has ended. The tick makes the next one, or this function at once if the link was up. */
  #broken(error: unknown): void {
    const { clock, log } = this.parts;
    const wasUp = this.isUp;
    this.#connection?.close();
    this.#connection = undefined;
    this.#endStream();
    if (this.#isStopped) return;
    const reason = this.#closeReason ?? (error instanceof LinkError ? error.message : undefined);
    log.warning(reason ?? `Internal error in replication: ${stackOf(error)}`);
    if (wasUp) this.downSinceMs = clock.now();
    this.#enter("connect");
    if (!wasUp) return;
    log.notice("Connection with master lost.");
    if (this.canContinue) log.notice("Caching the disconnected master state.");
    this.#connect("Reconnecting");
  }

  /** Ends the client of the stream. A transaction that has only begun is forgotten; the primary will send it again. */
  #endStream(): void {
    const stream = this.#stream;
    if (stream === undefined) return;
    this.#stream = undefined;
    this.database = stream.client.db;
    stream.client.close();
  }

  #tick(): void {
    this.#tickTimer = this.parts.clock.after(TICK_MS, () => this.#tick());
    if (this.sync?.isReading) {
      // Nothing comes meanwhile, and the primary must see that this side lives.
      this.lastInputMs = this.parts.clock.now();
      this.#send(NEWLINE).catch(() => {});
    }
    this.#checkSilence();
    if (this.state === "connect") this.#connect("Connecting");
    else if (this.isUp) this.acknowledge();
  }

  /** Gives up a connection over which nothing has come for longer than `repl-timeout`. */
  #checkSilence(): void {
    const { clock, config } = this.parts;
    const isSilent = clock.now() - this.lastInputMs > config.number("repl-timeout") * 1000;
    if (isSilent && this.state !== "connect") this.close(TIMEOUTS[this.state]);
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}
