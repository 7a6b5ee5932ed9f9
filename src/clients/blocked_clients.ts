/**
 * Clients that wait for keys (BLPOP, XREAD BLOCK and their like): who waits for what, in order of arrival, and which keys have changed
 * since.
 *
 * A waiting client costs no polling: the door that every change of a key goes through calls {@link BlockedClients.keyChanged}, and after
 * the command the server runs the requests that wait for the keys that changed once more.
 *
 * @module
 */
import type { Address } from "../arena/memory.ts";
import type { Database } from "../keyspace/database.ts";
import type { Clock, Timer } from "../ports/clock.ts";
import type { ByteRange } from "../lib/bytes.ts";
import type { Arguments } from "../resp/arguments.ts";
import type { ReplyWriter } from "../resp/reply_writer.ts";
import type { Client } from "./client.ts";
import { ClientsByKey } from "./clients_by_key.ts";
import { Hold } from "./hold.ts";

/** Longest delay of a timer of the system, in milliseconds. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** What a request waits for. */
export interface Wait {
  /** The keys, a character for each byte; any of them will do. */
  readonly keys: readonly string[];
  /** The `ValueType` that a key must have to be of interest. */
  readonly type: number;
  /** Whether to go on as well when a key is gone or of another type (XREADGROUP: its group is gone too). */
  readonly wakesWithoutKey: boolean;
  /** When to give up, in milliseconds since 1970; 0 is never. */
  readonly deadlineMs: number;
  /** Writes the reply of a request that gives up; undefined if it never does, and CLIENT UNBLOCK has no power over it. */
  readonly replyAtTimeout: EndingReply | undefined;
}

/** Writes the reply of a request that ends without being run again, or throws the error to reply. */
export type EndingReply = (reply: ReplyWriter) => void;

/** A request that waits; it runs again when one of its keys has changed. */
export interface BlockedRequest extends Wait {
  /** The request's words, in memory of their own. */
  readonly args: Arguments;
  readonly database: Database;
  /** Fires at the deadline. */
  timer: Timer | undefined;
  /** Set by a run that has to wait on: the request keeps its place. */
  waitsOn: boolean;
  /** Its wait ends when the command that runs now is over. */
  isReleased: boolean;
  /** How long its runs have taken so far, without the waiting. */
  microseconds: number;
}

/** How a wait ends: the request is run again, or this is its reply. */
export type Release = "again" | EndingReply;

/** Clients to look at: those that wait for a key, or one whose wait is over. */
export type Wakeup =
  | { readonly database: Database; readonly key: string }
  | { readonly client: Client; readonly release: Release };

/** All clients that wait for keys. */
export class BlockedClients {
  readonly #waiting = new ClientsByKey();
  #size = 0;
  #timed = 0;
  #wakeups: Wakeup[] = [];
  readonly #postponed = new Set<Client>();
  readonly #changed = new Set<string>();

  constructor(
    private readonly clock: Clock,
    private readonly onTimeout: (client: Client) => void,
  ) {}

  /** How many clients wait. */
  get size(): number {
    return this.#size;
  }

  /** How many of them will give up some time. */
  get timedCount(): number {
    return this.#timed;
  }

  /** Number of keys that somebody waits for. */
  get keyCount(): number {
    return this.#waiting.keyCount;
  }

  /** Number of keys that somebody waits for to come or to go. */
  get keyCountWithoutKey(): number {
    let count = 0;
    for (const clients of this.#waiting.all()) {
      for (const { blocked } of clients) {
        if (!blocked!.wakesWithoutKey) continue;
        count++;
        break;
      }
    }
    return count;
  }

  /** Makes a client wait with the request that it runs; one that waits already keeps its place. */
  block(client: Client, args: Arguments, wait: Wait): void {
    if (client.blocked !== undefined) {
      client.blocked.waitsOn = true;
      return;
    }
    const request: BlockedRequest = {
      ...wait,
      args: args.clone(),
      database: client.db,
      timer: undefined,
      waitsOn: true,
      isReleased: false,
      microseconds: 0,
    };
    client.blocked = request;
    client.hold(Hold.Request);
    this.#size++;
    for (const key of wait.keys) this.#waiting.add(client.db, key, client);
    if (wait.deadlineMs === 0) return;
    this.#timed++;
    this.#startTimer(client, request);
  }

  /** Ends a client's wait: its further requests can run. */
  unblock(client: Client): void {
    const request = client.blocked;
    if (request === undefined) return;
    client.blocked = undefined;
    this.#postponed.delete(client);
    this.#size--;
    if (request.deadlineMs !== 0) this.#timed--;
    request.timer?.cancel();
    for (const key of request.keys) this.#waiting.remove(request.database, key, client);
    client.release(Hold.Request);
  }

  /** Notes that a key has changed, for those who wait for it. */
  keyChanged(database: Database, { bytes, start, length }: ByteRange): void {
    const key = this.#waiting.find(database, bytes, start, length);
    if (key !== undefined) this.#note(database, key);
  }

  /** Notes that any key of a database may have changed. */
  databaseChanged(database: Database): void {
    for (const key of this.#waiting.keys(database)) this.#note(database, key);
  }

  /** Ends a client's wait after the command that runs; false if it does not wait, or not for long. */
  release(client: Client, release: Release): boolean {
    const request = client.blocked;
    if (request === undefined || request.isReleased) return false;
    // To run it again need not end its wait.
    request.isReleased = release !== "again";
    this.#wakeups.push({ client, release });
    return true;
  }

  /** Notes that a client's request is to run again, but not before {@link runPostponed}. */
  postpone(client: Client): void {
    this.#postponed.add(client);
  }

  /** Lets the requests run again that were to wait with it. */
  runPostponed(): void {
    for (const client of this.#postponed) this.release(client, "again");
    this.#postponed.clear();
  }

  /** Whether {@link takeWakeups} has something. */
  get hasWakeups(): boolean {
    return this.#wakeups.length > 0;
  }

  /** What has happened since the last call, in order. */
  takeWakeups(): Wakeup[] {
    const wakeups = this.#wakeups;
    this.#wakeups = [];
    this.#changed.clear();
    return wakeups;
  }

  /** The clients that wait for a key, in order of arrival. */
  waitingFor(database: Database, key: string): Client[] {
    return [...this.#waiting.clients(database, key)];
  }

  #note(database: Database, key: string): void {
    const id = `${database.index} ${key}`;
    if (this.#changed.has(id)) return;
    this.#changed.add(id);
    this.#wakeups.push({ database, key });
  }

  #startTimer(client: Client, request: BlockedRequest): void {
    const left = request.deadlineMs - this.clock.now();
    request.timer = this.clock.after(Math.min(Math.max(0, left), LONGEST_TIMER_MS), () => {
      if (this.clock.now() < request.deadlineMs) this.#startTimer(client, request);
      else this.onTimeout(client);
    });
  }
}

/** Whether a key in its present state is what a request waits for; `entry` is 0 if there is none. */
export function isOfInterest(request: Wait, entry: Address, type: number): boolean {
  return request.wakesWithoutKey || entry !== 0 && type === request.type;
}
