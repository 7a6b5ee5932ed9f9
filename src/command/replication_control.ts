/**
 * Replication, as commands see it.
 *
 * @module
 */
import type { EndingReply } from "../clients/blocked_clients.ts";
import type { Client } from "../clients/client.ts";

/** What a server is in replication, in the words of INFO and ROLE. */
export type Role = "master" | "slave";

/** Which history of changes the server has; see `replication/history.ts`. */
export interface HistoryFigures {
  readonly id: string;
  readonly offset: number;
  readonly secondId: string;
  readonly secondOffset: number;
}

/** How far a replica is, and where it can be reached. */
export interface ReplicaFigures {
  readonly ip: string;
  readonly port: number;
  /** As INFO names it. */
  readonly state: string;
  /** What it has told that it has of the stream. */
  readonly offset: number;
  /** Seconds since it last told anything. */
  readonly lagSeconds: number;
}

/** A replica that lacks something, as the log tells of it. */
export interface LaggingReplica {
  readonly name: string;
  /** How much it lacks, as far as it has told. */
  readonly bytes: number;
  readonly lagSeconds: number;
  readonly state: string;
}

/** What a client asks for that wants to follow the server. */
export interface SyncRequest {
  /** The history that it has seen a part of; undefined for SYNC, which knows no histories. */
  readonly id: string | undefined;
  /** The number of the first byte that it lacks. */
  readonly offset: number;
}

/** The replication of one server. */
export interface ReplicationControl {
  readonly role: Role;
  readonly history: HistoryFigures;
  /** A replica's name in the log. */
  nameOf(client: Client): string;
  /** The replicas, in order of arrival. */
  replicaFigures(): readonly ReplicaFigures[];
  /** Makes a client a replica. It is answered by more than a reply. */
  accept(client: Client, request: SyncRequest): void;
  /** Sends a request to all replicas that this server's data knows nothing of. */
  replicate(request: Uint8Array): void;
  /** Records what a replica has told: how far it is in the stream, and how much of that is safe on its disk, if it says so. */
  acknowledge(client: Client, offset: number, fileOffset: number | undefined): void;
  /** Begins another history at the same offset. */
  restartHistory(): void;
  /** How many replicas have the stream up to an offset; with `onDisk`, have it safe on disk. */
  countAcknowledged(offset: number, onDisk: boolean): number;
  /** Makes the request that the client waits with end when `isOver` says so after news of a replica. Asks the replicas for news. */
  waitForReplicas(client: Client, isOver: () => boolean, reply: EndingReply): void;
}
