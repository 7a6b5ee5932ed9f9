/**
 * What a server knows of a client that follows it as a replica, or says that it is going to.
 *
 *     handshake ─▶ waiting ─▶ snapshot ─▶ file ─▶ online       full resynchronization
 *         └──────────────────────────────────────────▲        partial resynchronization
 *
 * @module
 */

/**
 * How far a replica is. `handshake`: it has told of itself and has not asked for anything. `waiting`: for a snapshot to begin. `snapshot`:
 * the one that it gets is being made, and the stream from then on is kept for it. `file`: the snapshot is complete and is being sent.
 * `online`: it gets the stream.
 */
export type ReplicaPhase = "handshake" | "waiting" | "snapshot" | "file" | "online";

/** A replica, as its primary knows it. */
export class ReplicaState {
  phase: ReplicaPhase = "handshake";
  /** The port that it says it listens on; 0 if it has not said so. */
  port = 0;
  /** The address that it says it has; empty if it has not said so. */
  address = "";
  /** Whether it can find the end of a snapshot whose length it does not know, by a mark. */
  takesEndMark = false;
  /** Whether it understands that the id of the history may have changed. */
  takesNewId = false;
  /** Whether it wants a snapshot and no stream behind it. */
  wantsSnapshotOnly = false;
  /** Whether the snapshot is to be without keys, and without functions. */
  withoutData = false;
  withoutFunctions = false;
  /** Whether it came with SYNC, so that it tells nobody how far it is. */
  isOld = false;
  /** The number of the next byte of the stream that it is to be sent; of use from the phase `snapshot` on. */
  next = 0;
  /** Whether it gets the stream only when it has told that it is ready, so that nothing stands right behind the mark. */
  waitsForAck = false;
  /** Whether it waits for the connection to take what was sent. */
  isBehind = false;
  /** The last byte of the stream that it has told it has, and has safe on disk. */
  ackOffset = 0;
  fileOffset = 0;
  /** When it last told, in milliseconds since 1970. */
  ackMs = 0;
  /** When it asked for a snapshot, in milliseconds since 1970. */
  askedMs = 0;
  /** The bytes of the stream that wait for it in the backlog. */
  waitingBytes = 0;
  /** While it is sent a snapshot: how much output was waiting when that last became less, and when that was, in milliseconds since 1970. */
  unsentBytes = 0;
  progressMs = 0;

  /** Whether it has asked to follow the server. */
  get isAttached(): boolean {
    return this.phase !== "handshake";
  }

  /** Whether the stream from {@link next} on must be kept for it. */
  get needsStream(): boolean {
    return !this.wantsSnapshotOnly &&
      (this.phase === "snapshot" || this.phase === "file" || this.phase === "online");
  }
}
