/**
 * The far end of a session: takes the bytes that the server sends, and passes them on as values.
 *
 * @module
 */
import type { Connection } from "../ports/connection.ts";
import { type Reply, ReplyReader, type StringForm } from "../resp/reply_reader.ts";
import type { HeldWriter, Outbox } from "./outbox.ts";

/** A reply that somebody is waiting for. */
export interface ExpectedReply {
  readonly form: StringForm;
  /** Number of messages that make up the reply (SUBSCRIBE has one for each channel); 0 for an ordinary reply. */
  readonly confirmations: number;
  readonly settle: (value: Reply) => void;
  /** Called if the connection closes before the reply has come. */
  readonly fail: (error: Error) => void;
}

/** A connection in memory. Replies come in the order in which they are expected. */
export class SessionConnection implements Connection, HeldWriter {
  readonly remoteAddress = "in-process:0";
  readonly localAddress = "in-process:0";
  readonly isUnix = false;
  readonly isLocal = true;
  /** Called with each message that is no reply. */
  onPush: (message: Reply) => void = () => {};
  /** The form of strings in messages. */
  pushForm: StringForm = "text";
  #pendingBytes = 0;
  #isClosed = false;
  readonly #reader = new ReplyReader();
  #expected: ExpectedReply[] = [];
  #held: Uint8Array<ArrayBuffer>[] = [];
  #drained: PromiseWithResolvers<void> | undefined;
  /** The messages that have come of the next expected reply. */
  #confirmed: Reply[] = [];

  /** `recycle` takes back the memory of bytes that have been read. */
  constructor(
    private readonly outbox: Outbox,
    private readonly recycle: (bytes: Uint8Array<ArrayBuffer>) => void,
  ) {}

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** Adds an expected reply behind the others. */
  expect(expected: ExpectedReply): void {
    this.#expected.push(expected);
  }

  send(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#isClosed) return this.recycle(bytes);
    this.#pendingBytes += bytes.length;
    // Not passed on at once: the changes that these replies acknowledge may not be kept yet.
    if (this.#held.push(bytes) === 1) this.outbox.add(this);
  }

  writeHeld(): void {
    const held = this.#held;
    this.#held = [];
    this.#pendingBytes = 0;
    for (const bytes of held) {
      if (!this.#isClosed) this.#reader.push(bytes);
      this.recycle(bytes);
    }
    this.#deliver();
    this.#drained?.resolve();
    this.#drained = undefined;
  }

  async drained(): Promise<boolean> {
    if (this.#held.length > 0) {
      this.#drained ??= Promise.withResolvers<void>();
      await this.#drained.promise;
    }
    return !this.#isClosed;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const expected = this.#expected;
    this.#expected = [];
    for (const { fail } of expected) {
      fail(new Error("Cannot wait for the reply: the session is closed"));
    }
  }

  #deliver(): void {
    for (;;) {
      const reply = this.#reader.next(this.#expected[0]?.form ?? "text", this.pushForm);
      if (reply === undefined) return;
      const { isPush, value } = reply;
      if (isPush && this.#isConfirmation(value)) this.#confirm(value);
      else if (isPush || this.#expected.length === 0) queueMicrotask(() => this.onPush(value));
      else this.#expected.shift()!.settle(value);
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
