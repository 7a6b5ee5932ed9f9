/**
 * Replication, as commands see it.
 *
 * @module
 */

/** What a server is in replication, in the words of INFO and ROLE. */
export type Role = "master" | "slave";

/** Which history of changes the server has; see `replication/history.ts`. */
export interface HistoryFigures {
  readonly id: string;
  readonly offset: number;
  readonly secondId: string;
  readonly secondOffset: number;
}

/** The replication of one server. */
export interface ReplicationControl {
  readonly role: Role;
  readonly history: HistoryFigures;
}
