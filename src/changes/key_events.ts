/**
 * Keyspace notifications: messages about what happens to keys.
 *
 *     __keyspace@<db>__:<key>     message: the event
 *     __keyevent@<db>__:<event>   message: the key
 *
 * @module
 */
import type { PubSub } from "../clients/channels.ts";
import { type ByteRange, fromLatin1, latin1 } from "../lib/bytes.ts";

/** The classes of events, as `notify-keyspace-events` has them. */
export type KeyEventClass =
  | "generic"
  | "string"
  | "hash"
  | "list"
  | "set"
  | "sorted-set"
  | "stream"
  | "expired"
  | "evicted"
  | "miss"
  | "new";

/** The letters of `notify-keyspace-events`. */
const LETTERS: Readonly<Record<KeyEventClass, string>> = {
  "generic": "g",
  "string": "$",
  "list": "l",
  "set": "s",
  "hash": "h",
  "sorted-set": "z",
  "expired": "x",
  "evicted": "e",
  "stream": "t",
  "miss": "m",
  "new": "n",
};
/** The letters that A stands for. */
const ALL = "g$lshzxetd";

/** Sends notifications. */
export class Notifications {
  /** Whether any notifications are sent. */
  isOn = false;
  #letters = "";

  constructor(private readonly pubsub: PubSub) {}

  /** Sets which notifications are sent; takes the value of `notify-keyspace-events`. */
  set classes(value: string) {
    this.#letters = value.replace("A", ALL);
    // Without K or E there is no channel to send to, and without a class there is nothing to send.
    this.isOn = /[KE]/.test(value) && /[^KE]/.test(value);
  }

  /** Sends the notifications of an event, if its class is on. */
  notify(
    database: number,
    { bytes, start, length }: ByteRange,
    eventClass: KeyEventClass,
    event: string,
  ): void {
    const letters = this.#letters;
    if (!letters.includes(LETTERS[eventClass])) return;
    if (letters.includes("K")) {
      const channel = `__keyspace@${database}__:${latin1(bytes, start, length)}`;
      this.pubsub.publish(channel, fromLatin1(event));
    }
    if (letters.includes("E")) {
      this.pubsub.publish(`__keyevent@${database}__:${event}`, bytes.slice(start, start + length));
    }
  }
}
