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

/** What happened to a key, in the classes of `notify-keyspace-events`. */
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
/** What the letter A stands for. */
const ALL = "g$lshzxetd";

/** Sends notifications. */
export class Notifications {
  /** Whether any are sent. */
  isOn = false;
  #letters = "";

  constructor(private readonly pubsub: PubSub) {}

  /** Sets which are sent: the value of `notify-keyspace-events`. */
  set classes(value: string) {
    this.#letters = value.replace("A", ALL);
    // Without K or E there is no channel to send to, and without a class nothing to send.
    this.isOn = /[KE]/.test(value) && /[^KE]/.test(value);
  }

  /** Sends what is to be sent of an event of a key. */
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
