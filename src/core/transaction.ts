/**
 * A transaction in the making: what a client has sent since MULTI.
 *
 * @module
 */
import type { Arguments } from "../resp/arguments.ts";

/** A request that waits for EXEC. */
export interface QueuedRequest {
  /** Its words, in memory of their own. */
  readonly args: Arguments;
  /** The command's flags, as bits. */
  readonly flags: number;
  /** Runs it and writes its reply. */
  readonly run: () => void;
}

/** What MULTI begins. */
export class Transaction {
  readonly queue: QueuedRequest[] = [];
  /** A request was refused, so EXEC will refuse all. */
  isBroken = false;

  /** Memory of the requests, about, in bytes. */
  get memoryBytes(): number {
    return this.queue.reduce((sum, { args }) => sum + args.bytes.length + 64, 0);
  }
}
