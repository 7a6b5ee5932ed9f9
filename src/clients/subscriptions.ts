/**
 * The channels and patterns that one client listens to.
 *
 * @module
 */
import type { User } from "../acl/user.ts";

/** What can be subscribed to. Names are texts, a character for each byte. */
export type SubscriptionKind = "channel" | "pattern" | "shard";

/** Estimated memory of a name besides its letters, with each subscriber, in bytes. */
const NAME_BYTES = 64;

/** What one client is subscribed to. */
export class Subscriptions {
  readonly channel: Set<string> = new Set();
  readonly pattern: Set<string> = new Set();
  readonly shard: Set<string> = new Set();

  /** Estimated memory of the names, in bytes. */
  memoryBytes = 0;

  /** Adds a name that may be there already. */
  add(kind: SubscriptionKind, name: string): void {
    if (!this[kind].has(name)) this.memoryBytes += name.length + NAME_BYTES;
    this[kind].add(name);
  }

  /** Removes a name; returns whether it was there. */
  delete(kind: SubscriptionKind, name: string): boolean {
    if (!this[kind].delete(name)) return false;
    this.memoryBytes -= name.length + NAME_BYTES;
    return true;
  }

  /** Whether the user may have all these subscriptions. */
  areAllowedTo(user: User): boolean {
    return [...this.channel, ...this.shard].every((name) => user.mayUseChannel(name, false)) &&
      [...this.pattern].every((name) => user.mayUseChannel(name, true));
  }

  /** Number of channels and patterns, with which SUBSCRIBE and similar commands reply. */
  get count(): number {
    return this.channel.size + this.pattern.size;
  }

  /** Number of all subscriptions, to shard channels too. */
  get total(): number {
    return this.count + this.shard.size;
  }
}
