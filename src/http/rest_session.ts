/**
 * The sessions that requests of HTTP run in. A request has one for itself while it runs, so that one that is held up (CLIENT PAUSE) holds up
 * no other, and then it is used again: a session costs as much as some twenty commands.
 *
 * @module
 */
import type { User } from "../acl/user.ts";
import type { Client } from "../clients/client.ts";
import { type Reply, ReplyReader } from "../resp/reply_reader.ts";
import type { RawSession } from "../session/raw_session.ts";
import type { SessionReceiver } from "../session/session_connection.ts";
import { joined } from "./request_body.ts";

/** How many idle sessions are kept for a user. */
const IDLE_SESSIONS = 16;

/** What the replies to some requests are. */
export interface Answer {
  readonly replies: readonly Reply[];
  /** The bytes of all of them, if they were asked for. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

interface Expected {
  readonly count: number;
  readonly replies: Reply[];
  readonly pieces: Uint8Array<ArrayBuffer>[] | undefined;
  readonly settle: (answer: Answer | undefined) => void;
}

/** One session, for one set of requests at a time. */
class RestSession implements SessionReceiver {
  raw!: RawSession;
  readonly #reader = new ReplyReader();
  #expected: Expected | undefined;

  /** Runs requests; resolves with `count` replies, or with undefined if the session is closed before. */
  run(requests: Uint8Array, count: number, keepsBytes: boolean): Promise<Answer | undefined> {
    const { promise, resolve } = Promise.withResolvers<Answer | undefined>();
    this.#expected = { count, replies: [], pieces: keepsBytes ? [] : undefined, settle: resolve };
    this.raw.send(requests);
    return promise;
  }

  receive(pieces: readonly Uint8Array[]): void {
    const expected = this.#expected;
    if (expected === undefined) return;
    let length = 0;
    for (const { length: bytes } of pieces) length += bytes;
    const bytes = joined(pieces, length);
    // The memory of a single piece is used again after the call.
    if (expected.pieces !== undefined) expected.pieces.push(bytes.slice());
    this.#reader.push(bytes);
    while (expected.replies.length < expected.count) {
      const reply = this.#reader.next("bytes");
      if (reply === undefined) return;
      expected.replies.push(reply.value);
    }
    this.#settle();
  }

  closed(): void {
    this.#expected?.settle(undefined);
    this.#expected = undefined;
  }

  #settle(): void {
    const { pieces = [], replies, settle } = this.#expected!;
    this.#expected = undefined;
    settle({ replies, bytes: joined(pieces, pieces.reduce((sum, { length }) => sum + length, 0)) });
  }
}

/** Makes sessions. */
export interface SessionMaker {
  rawSession(receiver: SessionReceiver): RawSession;
}

/** The sessions of one server's HTTP. */
export class RestSessions {
  readonly #idle = new WeakMap<User, RestSession[]>();

  constructor(private readonly maker: SessionMaker) {}

  /** Runs requests as a user; resolves with their replies, or with undefined if the session is closed before. */
  async run(
    user: User,
    requests: Uint8Array,
    count: number,
    keepsBytes: boolean,
  ): Promise<Answer | undefined> {
    const session = this.#take(user);
    const answer = await session.run(requests, count, keepsBytes);
    this.#give(user, session);
    return answer;
  }

  #take(user: User): RestSession {
    const idle = this.#idle.get(user) ?? [];
    for (let session = idle.pop(); session !== undefined; session = idle.pop()) {
      if (!session.raw.isClosed) return session;
    }
    const session = new RestSession();
    session.raw = this.maker.rawSession(session);
    dress(session.raw.client, user);
    return session;
  }

  #give(user: User, session: RestSession): void {
    const { raw } = session;
    if (raw.isClosed) return;
    const idle = this.#idle.get(user) ?? [];
    this.#idle.set(user, idle);
    if (raw.client.closesAfterReply || idle.length >= IDLE_SESSIONS) return raw.close();
    idle.push(session);
  }
}

function dress(client: Client, user: User): void {
  client.become(user, true);
  client.libName = "http";
}
