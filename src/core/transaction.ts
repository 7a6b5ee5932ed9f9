/**
 * A transaction in the making: what a client has sent since MULTI.
 *
 * @module
 */
import type { Command } from "../commands/command.ts";
import type { Arguments } from "../resp/arguments.ts";

/** A request that waits for EXEC. */
export interface QueuedRequest {
  readonly command: Command;
  /** Its words, in memory of their own. */
  readonly args: Arguments;
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
