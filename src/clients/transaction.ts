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
}

/** What a queued request takes besides its words, about, in bytes. */
const REQUEST_BYTES = 900;

/** What MULTI begins. */
export class Transaction {
  readonly queue: QueuedRequest[] = [];
  /** Memory of the requests, about, in bytes. */
  memoryBytes = 0;
  /** A request was refused, so EXEC will refuse all. */
  isBroken = false;

  /** Adds a request. */
  add(request: QueuedRequest): void {
    this.queue.push(request);
    this.memoryBytes += request.args.bytes.length + REQUEST_BYTES;
  }
}
