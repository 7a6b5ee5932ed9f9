/**
 * Clients that wait for keys (BLPOP, XREAD BLOCK and similar commands): who waits for which key, in order of arrival, and which of these
 * keys have changed.
 *
 * Nothing polls: the door that every change of a key goes through calls {@link BlockedClients.keyChanged}, and after the command the
 * request loop runs the requests again that wait for the changed keys.
 *
 * @module
 */
import type { Address } from "../arena/memory.ts";
import type { Database } from "../keyspace/database.ts";
import type { Clock } from "../ports/clock.ts";
import type { ByteRange } from "../lib/bytes.ts";
import type { Arguments } from "../resp/arguments.ts";
import type { BlockedRequest, EndingReply, Wait } from "./blocked_request.ts";
import type { Client } from "./client.ts";
import { ClientsByKey } from "./clients_by_key.ts";
import { Hold } from "./hold.ts";

export type { EndingReply } from "./blocked_request.ts";

/** Longest delay of a timer of the system, in milliseconds. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** How a wait ends: the request runs again, or gets this reply. */
export type Release = "again" | EndingReply;

/** Something to act on: a key that clients wait for has changed, or one client's wait is over. */
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

  /** How many of them have a deadline. */
  get timedCount(): number {
    return this.#timed;
  }

  /** Number of keys that somebody waits for. */
  get keyCount(): number {
    return this.#waiting.keyCount;
  }

  /** Number of keys with a waiter that also runs again when the key is gone. */
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

  /** Makes a client wait with the request that it runs. A client that waits already keeps its place. */
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

  /** Ends a client's wait; its next requests can run. */
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

  /** Records that a key has changed, if somebody waits for it. */
  keyChanged(database: Database, { bytes, start, length }: ByteRange): void {
    const key = this.#waiting.find(database, bytes, start, length);
    if (key !== undefined) this.#note(database, key);
  }

  /** Records that any key of a database may have changed. */
  databaseChanged(database: Database): void {
    for (const key of this.#waiting.keys(database)) this.#note(database, key);
  }

  /** Ends a client's wait after the command that is running. False if the client does not wait, or its wait is about to end anyway. */
  release(client: Client, release: Release): boolean {
    const request = client.blocked;
    if (request === undefined || request.isReleased) return false;
    // Running the request again need not end its wait.
    request.isReleased = release !== "again";
    this.#wakeups.push({ client, release });
    return true;
  }

  /** Puts off running a client's request again until {@link runPostponed}. */
  postpone(client: Client): void {
    this.#postponed.add(client);
  }

  /** Lets the requests that {@link postpone} put off run again. */
  runPostponed(): void {
    for (const client of this.#postponed) this.release(client, "again");
    this.#postponed.clear();
  }

  /** Whether {@link takeWakeups} has something. */
  get hasWakeups(): boolean {
    return this.#wakeups.length > 0;
  }

  /** Returns what has been recorded since the last call, in order. */
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

/** Whether a request waits for a key in its present state; `entry` is 0 if the key does not exist. */
export function isOfInterest(request: Wait, entry: Address, type: number): boolean {
  return request.wakesWithoutKey || entry !== 0 && type === request.type;
}
