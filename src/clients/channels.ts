/**
 * Subscriptions: who listens to which channels, and how messages reach them.
 *
 * @module
 */
import { matchesGlob } from "../lib/glob.ts";
import { fromLatin1 } from "../lib/bytes.ts";
import type { Client } from "./client.ts";
import { type SubscriptionKind, Subscriptions } from "./subscriptions.ts";

/** Estimated memory of a name besides its letters, once for the server, in bytes. */
const CHANNEL_BYTES = 192;

/** Sends bytes to a client, behind all earlier replies. */
export type Deliver = (client: Client, bytes: Uint8Array<ArrayBuffer>) => void;

/** All subscriptions of a server. */
export class PubSub {
  readonly #subscribers: Readonly<Record<SubscriptionKind, Map<string, Set<Client>>>> = {
    channel: new Map(),
    pattern: new Map(),
    shard: new Map(),
  };
  /** The patterns as bytes, for matching. */
  readonly #patternBytes = new Map<string, Uint8Array<ArrayBuffer>>();
  #clients = 0;

  constructor(private readonly deliver: Deliver) {}

  /** Estimated memory of the names with subscribers, in bytes, without what counts with the clients. */
  get memoryBytes(): number {
    const { channel, pattern, shard } = this.#subscribers;
    return (channel.size + pattern.size + shard.size) * CHANNEL_BYTES;
  }

  /** How many clients are subscribed to something. */
  get clientCount(): number {
    return this.#clients;
  }

  /** How many names of a kind somebody is subscribed to. */
  count(kind: SubscriptionKind): number {
    return this.#subscribers[kind].size;
  }

  /** Names of a kind that somebody is subscribed to. */
  names(kind: SubscriptionKind): Iterable<string> {
    return this.#subscribers[kind].keys();
  }

  /** How many clients are subscribed to a name. */
  subscriberCount(kind: SubscriptionKind, name: string): number {
    return this.#subscribers[kind].get(name)?.size ?? 0;
  }

  /** Subscribes a client. */
  subscribe(client: Client, kind: SubscriptionKind, name: string): void {
    client.subscriptions ??= new Subscriptions();
    if (client.subscriptions.total === 0) this.#clients++;
    client.subscriptions.add(kind, name);
    const subscribers = this.#subscribers[kind].get(name);
    if (subscribers !== undefined) {
      subscribers.add(client);
      return;
    }
    this.#subscribers[kind].set(name, new Set([client]));
    if (kind === "pattern") this.#patternBytes.set(name, fromLatin1(name));
  }

  /** Ends a client's subscription, if there is one. */
  unsubscribe(client: Client, kind: SubscriptionKind, name: string): void {
    if (!client.subscriptions?.delete(kind, name)) return;
    if (client.subscriptions.total === 0) this.#clients--;
    const subscribers = this.#subscribers[kind].get(name)!;
    subscribers.delete(client);
    if (subscribers.size > 0) return;
    this.#subscribers[kind].delete(name);
    if (kind === "pattern") this.#patternBytes.delete(name);
  }

  /** Ends all subscriptions to a shard channel, and tells the subscribers. */
  closeShardChannel(channel: string): void {
    for (const client of [...this.#subscribers.shard.get(channel) ?? []]) {
      this.unsubscribe(client, "shard", channel);
      const parts = [text("sunsubscribe"), fromLatin1(channel)];
      const left = client.subscriptions!.shard.size;
      this.deliver(client, encodePush(parts, client.resp === 3 ? ">" : "*", left));
    }
  }

  /** Ends all of a client's subscriptions. */
  forget(client: Client): void {
    const { subscriptions } = client;
    if (subscriptions === undefined) return;
    for (const kind of ["channel", "pattern", "shard"] as const) {
      for (const name of subscriptions[kind]) this.unsubscribe(client, kind, name);
    }
    client.subscriptions = undefined;
  }

  /** Sends a message to a channel and to the patterns that match it; returns the number of receivers. */
  publish(channel: string, message: Uint8Array): number {
    let receivers = this.#send(this.#subscribers.channel.get(channel), [
      text("message"),
      fromLatin1(channel),
      message,
    ]);
    if (this.#patternBytes.size === 0) return receivers;
    const bytes = fromLatin1(channel);
    for (const [pattern, patternBytes] of this.#patternBytes) {
      if (!matchesGlob(patternBytes, bytes)) continue;
      const parts = [text("pmessage"), patternBytes, bytes, message];
      receivers += this.#send(this.#subscribers.pattern.get(pattern), parts);
    }
    return receivers;
  }

  /** As {@link publish}, to a shard channel. */
  publishToShard(channel: string, message: Uint8Array): number {
    const parts = [text("smessage"), fromLatin1(channel), message];
    return this.#send(this.#subscribers.shard.get(channel), parts);
  }

  /** Sends a message to clients. The message is encoded once for each protocol, however many clients get it. */
  #send(clients: ReadonlySet<Client> | undefined, parts: readonly Uint8Array[]): number {
    if (clients === undefined) return 0;
    // The number is taken before, because a client that is closed for its output meanwhile counts as a receiver all the same.
    const { size } = clients;
    const encoded: (Uint8Array<ArrayBuffer> | undefined)[] = [];
    for (const client of clients) {
      const bytes = encoded[client.resp] ??= encodePush(parts, client.resp === 3 ? ">" : "*");
      this.deliver(client, bytes);
    }
    return size;
  }
}

const text = fromLatin1;

/** Encodes a message: bulk strings behind a header, and a number at the end if there is one. */
export function encodePush(
  parts: readonly Uint8Array[],
  type: string,
  number?: number,
): Uint8Array<ArrayBuffer> {
  const heads = parts.map((part) => fromLatin1(`$${part.length}\r\n`));
  const last = fromLatin1(number === undefined ? "" : `:${number}\r\n`);
  const first = fromLatin1(`${type}${parts.length + (number === undefined ? 0 : 1)}\r\n`);
  const length = parts.reduce((sum, part, i) => sum + heads[i].length + part.length + 2, 0);
  const bytes = new Uint8Array(first.length + length + last.length);
  bytes.set(first);
  let at = first.length;
  parts.forEach((part, i) => {
    bytes.set(heads[i], at);
    bytes.set(part, at += heads[i].length);
    at += part.length;
    bytes[at++] = 0x0d;
    bytes[at++] = 0x0a;
  });
  bytes.set(last, at);
  return bytes;
}
