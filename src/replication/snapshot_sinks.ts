/**
 * Where a snapshot for replicas goes while it is made: straight to their links, or into memory.
 *
 * On a link it stands between a header and, if its length was not known before, a mark of forty bytes that nobody can guess:
 *
 *     $EOF:<mark>\r\n <snapshot> <mark>      straight to the links
 *     $<length>\r\n <snapshot>               from memory or a file
 *
 * @module
 */
import type { ByteSink } from "../ports/byte_sink.ts";
import type { Replica } from "./replicas.ts";

/** A snapshot waits for replicas whose connections have this much to send. */
export const AHEAD_BYTES: number = 2 ** 20;

/** The links of replicas, which get the snapshot while it is made; the slowest sets the pace. */
export class ReplicaLinks implements ByteSink {
  /** `mark` is the end mark; the header has been sent. */
  constructor(
    private readonly replicas: readonly Replica[],
    private readonly mark: Uint8Array<ArrayBuffer>,
    private readonly stats: { replicaOutputBytes: number },
  ) {}

  write(bytes: Uint8Array): void {
    this.#send(bytes.slice());
  }

  caughtUp(): Promise<void> | undefined {
    const behind = this.#open.filter(({ connection }) => connection.pendingBytes >= AHEAD_BYTES);
    return behind.length === 0 ? undefined : drain(behind);
  }

  async finish(): Promise<void> {
    this.#send(this.mark);
    await drain(this.#open);
  }

  abort(): void {
    for (const replica of this.replicas) replica.close();
  }

  get #open(): Replica[] {
    return this.replicas.filter(({ isClosed }) => !isClosed);
  }

  #send(bytes: Uint8Array<ArrayBuffer>): void {
    const open = this.#open;
    if (open.length === 0) throw new Error("All replicas have gone");
    for (const { connection } of open) {
      this.stats.replicaOutputBytes += bytes.length;
      connection.send(bytes);
    }
  }
}

async function drain(replicas: readonly Replica[]): Promise<void> {
  await Promise.all(replicas.map(async (replica) => {
    if (!await replica.connection.drained()) replica.close();
  }));
}

/** A snapshot in memory. */
export class MemorySnapshot implements ByteSink {
  readonly pieces: Uint8Array<ArrayBuffer>[] = [];
  length = 0;

  write(bytes: Uint8Array): void {
    this.pieces.push(bytes.slice());
    this.length += bytes.length;
  }

  finish(): Promise<void> {
    return Promise.resolve();
  }

  abort(): void {
    this.pieces.length = 0;
  }
}
