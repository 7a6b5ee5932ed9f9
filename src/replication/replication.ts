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
import type { ReplicationControl, Role } from "../command/replication_control.ts";
import type { RandomSource } from "../lib/random.ts";
import { ReplicationHistory } from "./history.ts";
import { Replicas, type ReplicasParts } from "./replicas.ts";

/** The parts that it uses. */
export interface ReplicationParts extends ReplicasParts {
  readonly propagation: ChangeStream;
  readonly random: RandomSource;
}

/** The replication of one server. */
export class Replication implements ReplicationControl {
  readonly history: ReplicationHistory;
  readonly replicas: Replicas;
  #role: Role = "master";
  #isRecording = false;

  constructor(private readonly parts: ReplicationParts) {
    this.history = new ReplicationHistory(parts.random);
    this.replicas = new Replicas(parts, this.history);
  }

  get role(): Role {
    return this.#role;
  }

  /** Changes the role. As a replica the server passes on its primary's bytes, and not its own changes. */
  set role(role: Role) {
    this.#role = role;
    this.#record();
  }

  /** Begins to record the stream, for replicas that are there or may come. */
  startBacklog(): void {
    this.replicas.makeBacklog();
    this.#record();
  }

  /** Forgets what was recorded. */
  stopBacklog(): void {
    this.replicas.dropBacklog();
    this.#record();
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
