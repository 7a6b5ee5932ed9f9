/**
 * Client-side caching: which clients keep which keys, and what they are told when one changes.
 *
 * The server remembers every key that a tracking client reads, and tells the client once when the key changes. Or (BCAST) it tells the
 * client of every changed key with some prefix. Databases are not told apart, as in Redis 7.2.
 *
 * @module
 */
import { fromLatin1 } from "../lib/bytes.ts";
import type { Client } from "./client.ts";
import type { Deliver } from "./channels.ts";
import type { TrackingMode, TrackingState } from "./tracking_state.ts";

/** A prefix: who listens to it, and what has changed since they were told. */
interface Prefix {
  readonly clients: Set<Client>;
  /** The changed keys, each with the client that changed it. */
  changed: Map<string, Client | undefined>;
}

/** Estimated memory in bytes of a remembered key besides its letters, and of each client remembered with it. */
const KEY_BYTES = 180;
const READER_BYTES = 32;
/** Estimated memory of a prefix besides its letters, in bytes. */
const PREFIX_BYTES = 450;

/** Something that a client has to be told. */
interface Pending {
  /** The key that has changed; undefined for all keys. */
  readonly key: string | undefined;
  /** How the client tracked at that time; it may have stopped since. */
  readonly state: TrackingState;
}

const CHANNEL = "__redis__:invalidate";

/** All tracking of a server. */
export class Tracking {
  /** Whether more keys are remembered than the limit allows, so that {@link trim} is due. */
  isOverfull = false;
  #maxKeys = 0;
  readonly #clients = new Set<Client>();
  readonly #readers = new Map<string, Set<Client>>();
  readonly #prefixes = new Map<string, Prefix>();
  #itemCount = 0;
  #keyLetters = 0;
  #hasChanges = false;
  /** What to tell the client whose command is running when the command is over. */
  #pending: Pending[] = [];

  constructor(
    private readonly clientById: (id: number) => Client | undefined,
    private readonly deliver: Deliver,
  ) {}

  /** Most keys that are remembered (`tracking-table-max-keys`); 0 is no limit. */
  set maxKeys(maxKeys: number) {
    this.#maxKeys = maxKeys;
    this.#checkSize();
  }

  /** Number of clients that track. */
  get clientCount(): number {
    return this.#clients.size;
  }

  /** Number of keys remembered. */
  get keyCount(): number {
    return this.#readers.size;
  }

  /** Number of clients remembered with keys, summed over the keys. */
  get itemCount(): number {
    return this.#itemCount;
  }

  /** Estimated memory of what is remembered, in bytes. Prefixes count with the clients. */
  get memoryBytes(): number {
    return this.#readers.size * KEY_BYTES + this.#keyLetters + this.#itemCount * READER_BYTES;
  }

  /** Number of prefixes that somebody listens to. */
  get prefixCount(): number {
    return this.#prefixes.size;
  }

  /** Whether {@link tellBroadcasters} has something to tell. */
  get hasChanges(): boolean {
    return this.#hasChanges;
  }

  /** Starts a client's tracking, or changes its mode. */
  enable(client: Client, mode: TrackingMode): void {
    const before = client.tracking?.prefixes ?? [];
    const prefixes = mode.prefixes === undefined
      ? undefined
      : [...new Set([...before, ...mode.prefixes.length === 0 ? [""] : mode.prefixes])].sort();
    let memoryBytes = 0;
    for (const prefix of prefixes ?? []) memoryBytes += prefix.length + PREFIX_BYTES;
    client.tracking = {
      ...mode,
      prefixes,
      caching: undefined,
      isRedirectBroken: false,
      memoryBytes,
    };
    this.#clients.add(client);
    for (const prefix of prefixes ?? []) {
      const listeners = this.#prefixes.get(prefix) ?? { clients: new Set(), changed: new Map() };
      listeners.clients.add(client);
      this.#prefixes.set(prefix, listeners);
    }
  }

  /** Ends a client's tracking. The keys that it has read are forgotten when they change. */
  disable(client: Client): void {
    for (const prefix of client.tracking?.prefixes ?? []) {
      const listeners = this.#prefixes.get(prefix);
      listeners?.clients.delete(client);
      if (listeners?.clients.size === 0) this.#prefixes.delete(prefix);
    }
    client.tracking = undefined;
    this.#clients.delete(client);
    if (this.#clients.size === 0) this.#forgetAll();
  }

  /** Whether to remember the keys that the client reads now. */
  remembers({ tracking }: Client): boolean {
    if (tracking === undefined || tracking.prefixes !== undefined) return false;
    if (tracking.optIn) return tracking.caching === true;
    return !tracking.optOut || tracking.caching !== false;
  }

  /** Remembers that a client has read a key. */
  remember(client: Client, key: string): void {
    let readers = this.#readers.get(key);
    if (readers === undefined) {
      this.#readers.set(key, readers = new Set());
      this.#keyLetters += key.length;
    }
    if (readers.has(client)) return;
    readers.add(client);
    this.#itemCount++;
    this.#checkSize();
  }

  /**
   * Call it when a key has changed. `author` is the client that changed it, or undefined for expiry and eviction. `current` is the client
   * whose request is at hand, if there is one. While that client's command runs, {@link tellPending} tells it later.
   */
  keyChanged(
    key: string,
    author: Client | undefined,
    current: Client | undefined,
    isRunning: boolean,
  ): void {
    for (const [prefix, { changed }] of this.#prefixes) {
      if (!key.startsWith(prefix)) continue;
      changed.set(key, author);
      this.#hasChanges = true;
    }
    this.#tellReaders(key, current, isRunning);
  }

  /** Call it when a command of `current`, or nobody's, has deleted all keys of a database, or of all databases. */
  flushed(current: Client | undefined): void {
    for (const client of this.#clients) {
      if (client === current) this.#pending.push({ key: undefined, state: client.tracking! });
      else this.#tell(client, undefined);
    }
    this.#forgetAll();
  }

  /** Whether {@link tellPending} has something to tell. */
  get hasPending(): boolean {
    return this.#pending.length > 0;
  }

  /** Tells a client what its own command has changed; call it after the command. */
  tellPending(client: Client): void {
    const pending = this.#pending;
    this.#pending = [];
    for (const { key, state } of pending) {
      this.#tell(client, key === undefined ? key : [key], client.tracking ?? state);
    }
  }

  /** Tells the listeners of prefixes what has changed since the last call. */
  tellBroadcasters(): void {
    this.#hasChanges = false;
    for (const prefix of this.#prefixes.values()) {
      const { changed, clients } = prefix;
      if (changed.size === 0) continue;
      prefix.changed = new Map();
      const all = [...changed.keys()].sort();
      for (const client of clients) {
        const keys = client.tracking!.noLoop
          ? all.filter((key) => changed.get(key) !== client)
          : all;
        if (keys.length > 0) this.#tell(client, keys);
      }
    }
  }

  /** Forgets keys beyond the limit, and tells their readers as if the keys had changed. */
  trim(): void {
    if (!this.isOverfull) return;
    for (const key of this.#readers.keys()) {
      if (this.#readers.size <= this.#maxKeys) break;
      this.#tellReaders(key, undefined, false);
    }
    this.#checkSize();
  }

  #checkSize(): void {
    this.isOverfull = this.#maxKeys !== 0 && this.#readers.size > this.#maxKeys;
  }

  #tellReaders(key: string, current: Client | undefined, isRunning: boolean): void {
    const readers = this.#readers.get(key);
    if (readers === undefined) return;
    this.#readers.delete(key);
    this.#keyLetters -= key.length;
    this.#itemCount -= readers.size;
    for (const client of readers) {
      const { tracking } = client;
      if (tracking === undefined || tracking.prefixes !== undefined) continue;
      if (client !== current) this.#tell(client, [key]);
      else if (tracking.noLoop) continue;
      else if (isRunning) this.#pending.push({ key, state: tracking });
      else this.#tell(client, [key]);
    }
  }

  /** Tells a client, or the client that it has named, that keys have changed; undefined means all keys. */
  #tell(
    client: Client,
    keys: readonly string[] | undefined,
    state: TrackingState = client.tracking!,
  ): void {
    const { redirect } = state;
    let target: Client | undefined = client;
    if (redirect !== 0) {
      target = this.clientById(redirect);
      if (target === undefined) {
        state.isRedirectBroken = true;
        if (client.resp === 3) {
          const text = `>2\r\n$21\r\ntracking-redir-broken\r\n:${redirect}\r\n`;
          this.deliver(client, fromLatin1(text));
        }
        return;
      }
    }
    const body = keys === undefined
      ? client.resp === 3 ? "_\r\n" : "$-1\r\n"
      : `*${keys.length}\r\n${keys.map(bulk).join("")}`;
    if (target.resp === 3) this.deliver(target, fromLatin1(`>2\r\n${bulk("invalidate")}${body}`));
    else if (redirect !== 0 && target.isSubscriber) {
      this.deliver(target, fromLatin1(`*3\r\n${bulk("message")}${bulk(CHANNEL)}${body}`));
    }
  }

  #forgetAll(): void {
    this.#readers.clear();
    this.isOverfull = false;
    this.#keyLetters = 0;
    this.#itemCount = 0;
  }
}

function bulk(text: string): string {
  return `$${text.length}\r\n${text}\r\n`;
}
