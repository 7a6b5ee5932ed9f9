/**
 * Runs the stream of changes that a primary sends. To the executor the primary is a client like others, except that it is obeyed.
 *
 *              ┌──────── applied ────────┬─ begun ─┐
 *     stream   SET a 1 · MULTI INCR a EXEC · MULTI INCR b … (not here yet)
 *              ╰─ passed on to replicas ─╯
 *
 * What counts is what was applied, and a transaction is applied as a whole at its EXEC. The bytes of a transaction that has only begun are
 * kept, and passed on to this server's own replicas when it has ended. If the link breaks before that, the primary sends the transaction
 * again from its beginning.
 *
 * @module
 */
import type { Acl } from "../acl/acl.ts";
import { Client, ReplyMode, type Upstream } from "../clients/client.ts";
import type { ClientRegistry } from "../clients/client_registry.ts";
import type { Database } from "../keyspace/database.ts";
import type { Clock } from "../ports/clock.ts";
import type { Connection } from "../ports/connection.ts";

const FIRST_BYTES = 65536;
/** More memory than this is given back when everything in it was passed on. */
const KEPT_BYTES = 2 ** 20;
/** While its requests are held up, this much is read ahead. */
const READ_AHEAD_BYTES = 2 ** 20;

/** The parts that it uses. */
export interface PrimaryStreamParts {
  readonly acl: Acl;
  readonly clients: ClientRegistry;
  readonly clock: Clock;
  readonly loop: {
    adopt(client: Client): void;
    process(client: Client): void;
  };
}

/** The stream that comes over one connection. */
export class PrimaryStream implements Upstream {
  readonly client: Client;
  /** The bytes from {@link #passed} on, in the memory up to {@link #length}. */
  #bytes = new Uint8Array(FIRST_BYTES);
  #length = 0;
  /** How many bytes of the connection were passed on. */
  #passed = 0;
  /** How many of them were applied. */
  #applied = 0;

  /**
   * `pass` takes what was applied: `length` bytes from `start`, which are valid only during the call. `database` is selected at the
   * beginning.
   */
  constructor(
    private readonly parts: PrimaryStreamParts,
    connection: Connection,
    database: Database,
    private readonly pass: (bytes: Uint8Array, start: number, length: number) => void,
  ) {
    const { acl, clients, clock, loop } = parts;
    const user = acl.makeUnrestricted();
    const client = new Client(clients.nextId(), connection, database, clock.now(), user);
    client.replyMode = ReplyMode.Off;
    client.mustNotBlock = true;
    client.upstream = this;
    client.onClose = () => clients.remove(client);
    loop.adopt(client);
    clients.add(client);
    this.client = client;
  }

  /** Bytes that were applied and not passed on yet: they are passed on when all requests have run that have come. */
  get appliedBytes(): number {
    return this.#applied - this.#passed;
  }

  /** Bytes that have come and were not applied yet. */
  get waitingBytes(): number {
    return this.#length - this.appliedBytes;
  }

  /** Runs what has come. Resolves when more may come. */
  async receive(block: Uint8Array): Promise<void> {
    const { client } = this;
    this.#keep(block);
    client.reader.append(block);
    this.parts.loop.process(client);
    while (client.holds !== 0 && this.waitingBytes > READ_AHEAD_BYTES && !client.isClosed) {
      await client.freed();
      // Lets the requests that were held up go on first; they may be held up again.
      await Promise.resolve();
    }
  }

  requestRun(): void {
    const { reader, transaction } = this.client;
    if (transaction === undefined) this.#applied = reader.consumedBytes;
  }

  turnEnded(): void {
    const length = this.appliedBytes;
    if (length === 0) return;
    this.pass(this.#bytes, 0, length);
    this.#passed = this.#applied;
    this.#bytes.copyWithin(0, length, this.#length);
    this.#length -= length;
    if (this.#length === 0 && this.#bytes.length > KEPT_BYTES) {
      this.#bytes = new Uint8Array(FIRST_BYTES);
    }
  }

  #keep(block: Uint8Array): void {
    const needed = this.#length + block.length;
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(block, this.#length);
    this.#length = needed;
  }
}
