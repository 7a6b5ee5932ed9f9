/**
 * Replication: this server's history, the replicas that follow it, and the primary that it follows, if it is a replica.
 *
 *     on a primary   ChangeStream ──▶ Replicas.feed ──▶ history, backlog, replicas
 *     on a replica   primary's bytes ─┬▶ Replicas.feed ──▶ history, backlog, replicas of the replica
 *                                     └▶ Executor ──▶ ChangeStream ──▶ its own append-only file
 *
 * So a replica passes on what it gets, byte for byte, and everybody below one primary has the same history with the same offsets. The stream
 * of changes is recorded only while there is a backlog: a server that never had a replica pays nothing.
 *
 * @module
 */
import type { ChangeStream } from "../changes/stream.ts";
import type { EndingReply } from "../clients/blocked_clients.ts";
import type { Client } from "../clients/client.ts";
import type {
  LaggingReplica,
  ReplicaFigures,
  ReplicationControl,
  Role,
  SyncRequest,
} from "../command/replication_control.ts";
import type { Admission } from "../execution/admission.ts";
import type { RandomSource } from "../lib/random.ts";
import { encodeRequest } from "../resp/request_writer.ts";
import { AckWaits, type AckWaitsParts } from "./ack_waits.ts";
import { ReplicationHistory } from "./history.ts";
import { replicaAddress, replicaName } from "./replica_name.ts";
import { lagSeconds, type Replica, Replicas, type ReplicasParts } from "./replicas.ts";
import { SnapshotSupply, type SnapshotSupplyParts } from "./snapshot_supply.ts";
import { SyncRequests, type SyncRequestsParts } from "./sync_requests.ts";

const PING = encodeRequest(["PING"]);
/** The phases of a replica, as INFO names them. */
const PHASE_NAMES = {
  handshake: "",
  waiting: "wait_bgsave",
  snapshot: "wait_bgsave",
  file: "send_bulk",
  online: "online",
};

/** The parts that it uses. */
export interface ReplicationParts
  extends AckWaitsParts, ReplicasParts, SnapshotSupplyParts, SyncRequestsParts {
  readonly admission: Pick<Admission, "lacksReplicas">;
  readonly clients: { readonly holdsUpWrites: boolean };
  readonly propagation: ChangeStream;
  readonly random: RandomSource;
}

/** The replication of one server. */
export class Replication implements ReplicationControl {
  readonly history: ReplicationHistory;
  readonly replicas: Replicas;
  readonly #snapshots: SnapshotSupply;
  readonly #requests: SyncRequests;
  /** Clients that wait for replicas. */
  readonly waits: AckWaits;
  #role: Role = "master";
  #isRecording = false;
  /** Seconds since the first replica has come. */
  #servedSeconds = 0;
  /** Since when there are no replicas, in milliseconds since 1970. */
  #aloneSinceMs = 0;

  constructor(private readonly parts: ReplicationParts) {
    this.history = new ReplicationHistory(parts.random);
    this.replicas = new Replicas(parts, this.history);
    this.#snapshots = new SnapshotSupply(parts, this.history, this.replicas);
    this.#requests = new SyncRequests(
      ...[parts, this.history, this.replicas, this.#snapshots] as const,
      () => this.startBacklog(),
    );
    this.waits = new AckWaits(parts, this.replicas);
    parts.config.follow("appendonly", () => this.waits.check());
    this.replicas.onProgress = () => {
      this.judgeReplicas();
      this.waits.check();
    };
  }

  get role(): Role {
    return this.#role;
  }

  /** Changes the role. As a replica the server passes on its primary's bytes, and not its own changes. */
  set role(role: Role) {
    this.#role = role;
    this.#aloneSinceMs = this.parts.clock.now();
    this.#record();
    this.judgeReplicas();
  }

  nameOf(client: Client): string {
    return replicaName(client);
  }

  restartHistory(): void {
    this.history.restart();
  }

  /** Begins to record the stream, for replicas that are there or may come. */
  startBacklog(): void {
    this.#aloneSinceMs = this.parts.clock.now();
    this.replicas.makeBacklog();
    this.#record();
  }

  /** Forgets what was recorded. */
  stopBacklog(): void {
    this.replicas.dropBacklog();
    this.#record();
  }

  accept(client: Client, request: SyncRequest): void {
    this.#requests.accept(client, request);
  }

  acknowledge(client: Client, offset: number, fileOffset: number | undefined): void {
    if (client.isReplica) this.replicas.acknowledge(client as Replica, offset, fileOffset);
  }

  countAcknowledged(offset: number, onDisk: boolean): number {
    return onDisk ? this.replicas.countAppended(offset) : this.replicas.countAcknowledged(offset);
  }

  waitForReplicas(client: Client, isOver: () => boolean, reply: EndingReply): void {
    this.waits.add(client, isOver, reply);
  }

  replicaFigures(): readonly ReplicaFigures[] {
    const nowMs = this.parts.clock.now();
    return [...this.replicas].map((client) => {
      const { ackMs, ackOffset, phase } = client.replica;
      return {
        ...replicaAddress(client),
        state: PHASE_NAMES[phase],
        offset: ackOffset,
        lagSeconds: phase === "online" ? lagSeconds(ackMs, nowMs) : 0,
      };
    });
  }

  /** The replicas that have not told that they have the whole stream. */
  laggingReplicas(): readonly LaggingReplica[] {
    const { offset } = this.history;
    return this.replicaFigures()
      .map(({ offset: acknowledged, ...figures }, i) => ({
        ...figures,
        name: replicaName([...this.replicas][i]),
        bytes: offset - acknowledged,
      }))
      .filter(({ bytes }) => bytes !== 0);
  }

  /** Asks the replicas how far they are. */
  askReplicas(): void {
    this.waits.request();
  }

  /** Whether something is to be sent at the end of the round. */
  get hasNews(): boolean {
    return this.replicas.hasNews || this.waits.isAsking;
  }

  /** Sends the replicas what is new. Called at the end of a round, when changes are kept. */
  send(): void {
    if (this.waits.isAsking && this.#role === "master") this.waits.ask();
    this.replicas.send();
  }

  /** Adds a request to the history, which replicas are to see and no file. */
  replicate(request: Uint8Array): void {
    if (this.#role === "master") this.replicas.feed(request, 0, request.length);
  }

  /** Forgets a client that has closed. */
  forget(client: Client): void {
    this.replicas.remove(client);
    this.#snapshots.memberGone();
    if (this.replicas.size === 0) this.#aloneSinceMs = this.parts.clock.now();
  }

  /** Whether there are so few good replicas that nothing may be written. Call it when that may have changed. */
  judgeReplicas(): void {
    const { admission, config } = this.parts;
    const wanted = config.number("min-replicas-to-write");
    const maxLagSeconds = config.number("min-replicas-max-lag");
    admission.lacksReplicas = this.#role === "master" && wanted > 0 && maxLagSeconds > 0 &&
      this.replicas.countGood(maxLagSeconds) < wanted;
  }

  /** Called every second. */
  check(nowMs: number): void {
    if (this.replicas.size > 0) {
      this.#ping();
      this.#snapshots.tend();
      this.replicas.closeSilent();
    } else {
      this.#servedSeconds = 0;
      this.#dropUnusedBacklog(nowMs);
    }
    this.#snapshots.startDue();
    this.judgeReplicas();
    this.waits.check();
  }

  /** Lets replicas know that somebody is there. A replica's own replicas get the PINGs of its primary. */
  #ping(): void {
    const period = this.parts.config.number("repl-ping-replica-period");
    const isDue = ++this.#servedSeconds % period === 0;
    // While the role is handed over the stream must stand still.
    const stands = this.parts.clients.holdsUpWrites || this.#role === "slave";
    if (isDue && !stands) this.replicas.feed(PING, 0, PING.length);
  }

  /** Drops the backlog of a primary that has had no replicas for a while. */
  #dropUnusedBacklog(nowMs: number): void {
    const { config, log } = this.parts;
    const seconds = config.number("repl-backlog-ttl");
    if (this.#role !== "master" || this.replicas.backlog === undefined || seconds === 0) return;
    if (lagSeconds(this.#aloneSinceMs, nowMs) <= seconds) return;
    // From now on changes are not recorded, so nobody can go on from an offset of this history.
    this.history.restart();
    this.stopBacklog();
    log.notice(
      `Replication backlog freed after ${seconds} seconds without connected replicas.`,
    );
  }

  /** Attaches the replicas to the stream of changes, or detaches them. */
  #record(): void {
    const records = this.#role === "master" && this.replicas.backlog !== undefined;
    if (records === this.#isRecording) return;
    this.#isRecording = records;
    if (records) this.parts.propagation.attach(this.replicas);
    else this.parts.propagation.detach(this.replicas);
  }
}
