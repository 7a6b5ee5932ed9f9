/**
 * Turns the bytes that a session receives into values, and gives each reply to whoever waits for it.
 *
 * @module
 */
import { type Reply, ReplyReader, type StringForm } from "../resp/reply_reader.ts";
import type { SessionReceiver } from "./session_connection.ts";

/** A reply that somebody is waiting for. */
export interface ExpectedReply {
  readonly form: StringForm;
  /** Number of messages that make up the reply (SUBSCRIBE has one for each channel); 0 for an ordinary reply. */
  readonly confirmations: number;
  readonly settle: (value: Reply) => void;
  /** Called if the session closes before the reply has come. */
  readonly fail: (error: Error) => void;
}

/** The replies that a session waits for. They come in the order in which they are expected. */
export class ReplyQueue implements SessionReceiver {
  /** Called with each message that is no reply. */
  onPush: (message: Reply) => void = () => {};
  /** The form of strings in messages. */
  pushForm: StringForm = "text";
  readonly #reader = new ReplyReader();
  #expected: ExpectedReply[] = [];
  /** The messages that have come of the next expected reply. */
  #confirmed: Reply[] = [];

  /** Adds an expected reply behind the others. */
  expect(expected: ExpectedReply): void {
    this.#expected.push(expected);
  }

  receive(pieces: readonly Uint8Array[]): void {
    for (const bytes of pieces) this.#reader.push(bytes);
    for (;;) {
      const reply = this.#reader.next(this.#expected[0]?.form ?? "text", this.pushForm);
      if (reply === undefined) return;
      const { isPush, value } = reply;
      if (isPush && this.#isConfirmation(value)) this.#confirm(value);
      else if (isPush || this.#expected.length === 0) queueMicrotask(() => this.onPush(value));
      else this.#expected.shift()!.settle(value);
    }
  }

  closed(): void {
    const expected = this.#expected;
    this.#expected = [];
    for (const { fail } of expected) {
      fail(new Error("Cannot wait for the reply: the session is closed"));
    }
  }

  #isConfirmation(message: Reply): boolean {
    if (this.#expected.length === 0 || this.#expected[0].confirmations === 0) return false;
    const kind = Array.isArray(message) ? message[0] : undefined;
    const name = kind instanceof Uint8Array ? new TextDecoder().decode(kind) : String(kind);
    return name.endsWith("subscribe");
  }

  #confirm(message: Reply): void {
    const [{ confirmations, settle }] = this.#expected;
    if (this.#confirmed.push(message) < confirmations) return;
    const confirmed = this.#confirmed;
    this.#confirmed = [];
    this.#expected.shift();
    settle(confirmed);
  }
}
