/**
 * Clients that wait until replicas have what they have written (WAIT, WAITAOF).
 *
 * A wait ends when enough replicas have told that they are far enough. They are asked to tell, once for all clients that began to wait in a
 * round, by a request in the stream itself.
 *
 * @module
 */
import type { BlockedRequest, EndingReply } from "../clients/blocked_request.ts";
import type { Client } from "../clients/client.ts";
import { encodeRequest } from "../resp/request_writer.ts";
import type { Replicas } from "./replicas.ts";

const GETACK = encodeRequest(["REPLCONF", "GETACK", "*"]);

/** One client's wait. */
interface AckWait {
  readonly client: Client;
  /** The request that waits: the client may have got its reply since, and wait for something else. */
  readonly request: BlockedRequest;
  readonly isOver: () => boolean;
  readonly reply: EndingReply;
}

/** The parts that it uses. */
export interface AckWaitsParts {
  /** Ends the request of a client that waits. */
  answer(client: Client, write: EndingReply): void;
  /** Makes sure that the round ends. */
  endRoundSoon(): void;
}

/** The waits of one server. */
export class AckWaits {
  /** Whether replicas are to be asked at the end of the round. */
  isAsking = false;
  #waits: AckWait[] = [];

  constructor(private readonly parts: AckWaitsParts, private readonly replicas: Replicas) {}

  /** How many waits it knows of. Those that ended otherwise, at their deadline for one, are forgotten at the next {@link check}. */
  get size(): number {
    return this.#waits.length;
  }

  /** Ends the request that the client waits with when `isOver` says so after news of a replica. */
  add(client: Client, isOver: () => boolean, reply: EndingReply): void {
    this.#waits.push({ client, request: client.blocked!, isOver, reply });
    this.request();
  }

  /** Makes the replicas be asked at the end of the round. */
  request(): void {
    if (this.replicas.size === 0) return;
    this.isAsking = true;
    this.parts.endRoundSoon();
  }

  /** Asks the replicas how far they are. */
  ask(): void {
    this.isAsking = false;
    this.replicas.feed(GETACK, 0, GETACK.length);
  }

  /** Ends the waits that are over. */
  check(): void {
    if (this.#waits.length === 0) return;
    const over: AckWait[] = [];
    this.#waits = this.#waits.filter((wait) => {
      if (wait.client.blocked !== wait.request) return false;
      if (!wait.isOver()) return true;
      over.push(wait);
      return false;
    });
    for (const { client, reply } of over) this.parts.answer(client, reply);
  }
}
