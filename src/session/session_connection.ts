/**
 * The far end of a client without a socket: takes the bytes that the server sends, and passes them on when the round ends.
 *
 * @module
 */
import type { Connection } from "../ports/connection.ts";
import type { HeldWriter, Outbox } from "./outbox.ts";

/** Gets what the server sends to a session. */
export interface SessionReceiver {
  /** Called at the end of a round with all bytes that the server has sent in it. Their memory is used again after the call. */
  receive(pieces: readonly Uint8Array[]): void;
  /** Called once, when nothing will be received any more. */
  closed(): void;
}

/** A connection in memory. */
export class SessionConnection implements Connection, HeldWriter {
  readonly remoteAddress = "in-process:0";
  readonly localAddress = "in-process:0";
  readonly isUnix = false;
  readonly isLocal = true;
  #pendingBytes = 0;
  #isClosed = false;
  #held: Uint8Array<ArrayBuffer>[] = [];
  #drained: PromiseWithResolvers<void> | undefined;

  /** `recycle` takes back the memory of bytes that have been received. */
  constructor(
    private readonly outbox: Outbox,
    private readonly receiver: SessionReceiver,
    private readonly recycle: (bytes: Uint8Array<ArrayBuffer>) => void,
  ) {}

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  send(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#isClosed) return this.recycle(bytes);
    this.#pendingBytes += bytes.length;
    // Not passed on at once: the changes that these replies acknowledge may not be kept yet.
    if (this.#held.push(bytes) === 1) this.outbox.add(this);
  }

  writeHeld(): void {
    const held = this.#held;
    this.#held = [];
    this.#pendingBytes = 0;
    if (!this.#isClosed && held.length > 0) this.receiver.receive(held);
    for (const bytes of held) this.recycle(bytes);
    this.#drained?.resolve();
    this.#drained = undefined;
  }

  async drained(): Promise<boolean> {
    if (this.#held.length > 0) {
      this.#drained ??= Promise.withResolvers<void>();
      await this.#drained.promise;
    }
    return !this.#isClosed;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.receiver.closed();
  }
}
