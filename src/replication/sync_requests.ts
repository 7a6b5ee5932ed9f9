/**
 * PSYNC and SYNC: a client asks to follow this server. If the backlog still holds what it lacks it gets that, and otherwise a snapshot.
 *
 * @module
 */
import { type Client } from "../clients/client.ts";
import { ReplicaState } from "../clients/replica_state.ts";
import type { SyncRequest } from "../command/replication_control.ts";
import { fromLatin1 } from "../lib/bytes.ts";
import type { Log } from "../telemetry/log.ts";
import type { ServerStats } from "../telemetry/server_stats.ts";
import type { ReplicationHistory } from "./history.ts";
import { replicaName } from "./replica_name.ts";
import type { Replica, Replicas } from "./replicas.ts";
import type { SnapshotSupply } from "./snapshot_supply.ts";

/** The parts that it uses. */
export interface SyncRequestsParts {
  readonly log: Log;
  readonly stats: ServerStats;
}

/** Answers who asks to follow a server. */
export class SyncRequests {
  constructor(
    private readonly parts: SyncRequestsParts,
    private readonly history: ReplicationHistory,
    private readonly replicas: Replicas,
    private readonly snapshots: SnapshotSupply,
    /** Begins to record the stream. */
    private readonly startBacklog: () => void,
  ) {}

  /** Makes a client a replica. */
  accept(client: Client, request: SyncRequest): void {
    const { log, stats } = this.parts;
    client.replica ??= new ReplicaState();
    const replica = client as Replica;
    if (request.id === undefined) replica.replica.isOld = true;
    else if (this.#goOn(replica, request.id, request.offset)) {
      stats.partialSyncs++;
      return;
    } else if (!request.id.startsWith("?")) stats.refusedPartialSyncs++;
    stats.fullSyncs++;
    this.replicas.add(replica);
    if (this.replicas.backlog === undefined) {
      // Nothing was recorded so far, so nobody can have seen a part of this history.
      this.history.restart();
      this.startBacklog();
      const { id, secondId } = this.history;
      log.notice(
        `Replication backlog created, my new replication IDs are '${id}' and '${secondId}'`,
      );
    }
    this.snapshots.request(replica);
  }

  /** Lets a client go on from where it is; false if that is not possible. */
  #goOn(client: Replica, id: string, offset: number): boolean {
    const { log } = this.parts;
    const { backlog } = this.replicas;
    const name = replicaName(client);
    if (!this.history.covers(id, offset)) {
      this.#logMismatch(name, id, offset);
      return false;
    }
    if (backlog === undefined || !backlog.has(offset)) {
      log.notice(
        `Unable to partial resync with replica ${name} for lack of backlog (Replica request was: ${offset}).`,
      );
      if (offset > this.history.offset) {
        log.warning(
          `Warning: replica ${name} tried to PSYNC with an offset that is greater than the master ` +
            "replication offset.",
        );
      }
      return false;
    }
    const newId = client.replica.takesNewId ? ` ${this.history.id}` : "";
    client.connection.send(fromLatin1(`+CONTINUE${newId}\r\n`));
    this.replicas.add(client);
    this.replicas.putOnline(client, offset);
    log.notice(
      `Partial resynchronization request from ${name} accepted. Sending ${backlog.end - offset} ` +
        `bytes of backlog starting from offset ${offset}.`,
    );
    return true;
  }

  #logMismatch(name: string, id: string, offset: number): void {
    const { log } = this.parts;
    const { id: ownId, secondId, secondOffset } = this.history;
    if (id.startsWith("?")) return log.notice(`Full resync requested by replica ${name}`);
    if (id.toLowerCase() === secondId) {
      log.notice(
        "Partial resynchronization not accepted: Requested offset for second ID was " +
          `${offset}, but I can reply up to ${secondOffset}`,
      );
    } else {
      log.notice(
        "Partial resynchronization not accepted: Replication ID mismatch (Replica asked for " +
          `'${id}', my replication IDs are '${ownId}' and '${secondId}')`,
      );
    }
  }
}
