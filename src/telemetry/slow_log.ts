/**
 * The slow log: the last requests that took long to run (not to arrive or to be sent).
 *
 * @module
 */
import type { Arguments } from "../resp/arguments.ts";
import { shownWords } from "./shown_words.ts";

const MAX_WORDS = 32;
const MAX_WORD_LENGTH = 128;

/** The client of a request, as the slow log shows it. */
export interface SlowClient {
  readonly name: string;
  readonly connection: { readonly remoteAddress: string };
}

/** A request that took long. */
export interface SlowLogEntry {
  /** A number that grows with every entry and is never used again while the server runs. */
  readonly id: number;
  /** When it was run, in seconds since 1970. */
  readonly seconds: number;
  readonly microseconds: number;
  /** Its words, shortened; a character for each byte. */
  readonly words: readonly string[];
  /** Address of the client. */
  readonly address: string;
  /** The client's name at that time. */
  readonly clientName: string;
}

/** The last slow requests. */
export class SlowLog {
  /** Requests that took at least this many microseconds are remembered (`slowlog-log-slower-than`); a negative number turns the log off. */
  thresholdMicroseconds = 10000;
  /** Most requests that are kept (`slowlog-max-len`); a lower number takes effect with the next entry. */
  maxLength = 128;
  readonly #entries: SlowLogEntry[] = [];
  #lastId = -1;

  get length(): number {
    return this.#entries.length;
  }

  /** The last `count` requests, newest first. */
  latest(count: number): SlowLogEntry[] {
    return this.#entries.slice(0, count);
  }

  /** Whether a request that took this long is to be remembered. */
  wants(microseconds: number): boolean {
    return this.thresholdMicroseconds >= 0 && microseconds >= this.thresholdMicroseconds;
  }

  /** Remembers a request if it took long enough. `secrets` are the places of the words that it must not show. */
  add(
    args: Arguments,
    secrets: readonly number[],
    client: SlowClient,
    microseconds: number,
    nowMs: number,
  ): void {
    if (!this.wants(microseconds)) return;
    this.#entries.unshift({
      id: ++this.#lastId,
      seconds: Math.floor(nowMs / 1000),
      microseconds: Math.floor(microseconds),
      words: shorten(shownWords(args, secrets, MAX_WORDS), args.count),
      address: client.connection.remoteAddress,
      clientName: client.name,
    });
    this.#entries.length = Math.min(this.#entries.length, this.maxLength);
  }

  clear(): void {
    this.#entries.length = 0;
  }
}

function shorten(words: readonly string[], count: number): string[] {
  const shown = words.slice(0, count > MAX_WORDS ? MAX_WORDS - 1 : MAX_WORDS).map((word) => {
    const rest = word.length - MAX_WORD_LENGTH;
    return rest > 0 ? `${word.slice(0, MAX_WORD_LENGTH)}... (${rest} more bytes)` : word;
  });
  if (count > MAX_WORDS) shown.push(`... (${count - MAX_WORDS + 1} more arguments)`);
  return shown;
}
