/**
 * Client-side caching: which clients keep which keys, and what they are told when one changes.
 *
 * A client that tracks is remembered with every key that it reads, and told once when that key changes; or (BCAST) it is told of every key
 * with some prefix that changes. Keys of all databases are one, as in Redis.
 *
 * @module
 */
import { fromLatin1 } from "../lib/bytes.ts";
import type { Client } from "./client.ts";
import type { Deliver } from "./channels.ts";

/** How a client tracks keys. */
export interface TrackingMode {
  /** The client that is told instead, by id; 0 for itself. */
  readonly redirect: number;
  /** Told of all keys with one of these prefixes; undefined if it is told of the keys that it reads. */
  readonly prefixes: readonly string[] | undefined;
  /** Only keys read after CLIENT CACHING YES are remembered. */
  readonly optIn: boolean;
  /** All keys are remembered but those read after CLIENT CACHING NO. */
  readonly optOut: boolean;
  /** Not told of its own changes. */
  readonly noLoop: boolean;
}

/** A client's tracking. */
export interface TrackingState extends TrackingMode {
  /** What CLIENT CACHING said about the next command. */
  caching: boolean | undefined;
  /** The client that should be told instead is gone. */
  isRedirectBroken: boolean;
  /** Memory of the prefixes, about, in bytes. */
  readonly memoryBytes: number;
}

/** Who listens to a prefix, and what has changed since they were told. */
interface Prefix {
  readonly clients: Set<Client>;
  /** Changed keys with the client that changed them. */
  changed: Map<string, Client | undefined>;
}

/** What a remembered key takes besides its letters, and each client remembered with it, about, in bytes. */
const KEY_BYTES = 180;
const READER_BYTES = 32;
/** What a prefix takes besides its letters, about, in bytes. */
const PREFIX_BYTES = 450;

/** Something that a client is still to be told. */
interface Pending {
  /** The key that has changed; undefined for all. */
  readonly key: string | undefined;
  /** How the client tracked then: it may have stopped meanwhile. */
  readonly state: TrackingState;
}

const CHANNEL = "__redis__:invalidate";

/** All tracking of a server. */
export class Tracking {
  /** More keys are remembered than may be: {@link trim} is due. */
  isOverfull = false;
  #maxKeys = 0;
  readonly #clients = new Set<Client>();
  readonly #readers = new Map<string, Set<Client>>();
  readonly #prefixes = new Map<string, Prefix>();
  #itemCount = 0;
  #keyLetters = 0;
  #hasChanges = false;
  /** What the client whose command runs is to be told when it has run. */
  #pending: Pending[] = [];

  constructor(
    private readonly clientById: (id: number) => Client | undefined,
    private readonly deliver: Deliver,
  ) {}

  /** Most keys that are remembered (`tracking-table-max-keys`); 0 for no limit. */
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

  /** Number of clients remembered, summed over the keys. */
  get itemCount(): number {
    return this.#itemCount;
  }

  /** Memory of what is remembered, about, in bytes. Prefixes are counted with the clients. */
  get memoryBytes(): number {
    return this.#readers.size * KEY_BYTES + this.#keyLetters + this.#itemCount * READER_BYTES;
  }

  /** Number of prefixes listened to. */
  get prefixCount(): number {
    return this.#prefixes.size;
  }

  /** Whether {@link tellBroadcasters} has something to tell. */
  get hasChanges(): boolean {
    return this.#hasChanges;
  }

  /** Lets a client track, or track in another way. */
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

  /** Ends a client's tracking. The keys that it read are forgotten as they change. */
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

  /** Whether the keys that the client reads now are to be remembered. */
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
   * A key has changed: by a client, or because its time had come or there was no room (then `author` is undefined). `current` is the client
   * whose request is at hand all the same, if there is one; while its command runs it is told later, by {@link tellPending}.
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

  /** All keys of a database or of all are gone, by a command of `current`. */
  flushed(current: Client): void {
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

  /** Tells a client what its own command has changed, now that it has run. */
  tellPending(client: Client): void {
    const pending = this.#pending;
    this.#pending = [];
    for (const { key, state } of pending) {
      this.#tell(client, key === undefined ? key : [key], client.tracking ?? state);
    }
  }

  /** Tells those who listen to prefixes what has changed since the last time. */
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

  /** Forgets keys beyond the limit; their readers are told as if they had changed. */
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

  /** Tells a client, or the one that it has named, that keys have changed; undefined for all keys. */
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
