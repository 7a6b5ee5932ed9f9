/**
 * Who follows this server, and what they are sent: the stream of changes, from one backlog.
 *
 * @module
 */
import type { ChangeSink } from "../changes/stream.ts";
import type { Config } from "../config/config.ts";
import { Backlog } from "./backlog.ts";
import type { ReplicationHistory } from "./history.ts";

/** The parts that it uses. */
export interface ReplicasParts {
  readonly config: Config;
  /** Makes sure that the round ends, so that what was fed goes out. */
  endRoundSoon(): void;
}

/** The replicas of one server. */
export class Replicas implements ChangeSink {
  /** The newest part of the stream; undefined while nobody has needed it. */
  backlog: Backlog | undefined = undefined;

  constructor(
    private readonly parts: ReplicasParts,
    private readonly history: ReplicationHistory,
  ) {
    parts.config.follow("repl-backlog-size", (size) => {
      if (this.backlog === undefined) return;
      this.backlog.size = size;
      this.backlog.trim(this.backlog.end);
    });
  }

  /** How many replicas there are. */
  get size(): number {
    return 0;
  }

  /** Begins to record the stream, if it is not recorded yet. */
  makeBacklog(): void {
    const size = this.parts.config.number("repl-backlog-size");
    this.backlog ??= new Backlog(size, this.history.offset + 1);
  }

  /** Forgets what was recorded. */
  dropBacklog(): void {
    this.backlog = undefined;
  }

  /**
   * Adds bytes to the history, and passes them to all replicas at the end of the round. They come from this server's changes, or from its
   * primary. They are valid only during the call.
   */
  feed(bytes: Uint8Array, start: number, length: number): void {
    const { backlog } = this;
    this.history.advance(length);
    if (backlog === undefined) return;
    backlog.append(bytes, start, length);
    if (backlog.isOverfull) backlog.trim(backlog.end);
  }

  /** Disconnects all, because they have another history than this server is about to have. */
  disconnectAll(): void {}

  append(bytes: Uint8Array, start: number, length: number): void {
    this.feed(bytes, start, length);
  }
}
