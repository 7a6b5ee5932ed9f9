/**
 * The one place that propagates: what commands have changed, as requests that make the same changes when they are run again. The append-only
 * file takes them (and so will replicas).
 *
 * What belongs together is a unit: one command, one transaction, the deletion of one expired key. A unit of several requests is wrapped in MULTI
 * and EXEC, so that nobody ever sees a part of it. A request goes as its client sent it, unless the command says by what it is to be
 * repeated (`Call.propagateAs`): times become absolute, and what was left to chance becomes what came of it.
 *
 * @module
 */
import type { Arguments } from "../resp/arguments.ts";
import { type RequestWord, RequestWriter } from "../resp/request_writer.ts";

/** More memory than this is given back after a unit. */
const KEPT_BYTES = 2 ** 20;

/** Somebody who takes units. */
export interface PropagationSink {
  /** Takes a unit while it is valid, which is during the call. */
  append(unit: PropagatedUnit): void;
}

/** Requests that belong together. */
export interface PropagatedUnit {
  /** The requests, one after another. */
  readonly bytes: Uint8Array;
  /** How many there are. */
  readonly count: number;
  /** Index of the database of each. */
  readonly databases: readonly number[];
  /** Where each ends in {@link bytes}. */
  readonly ends: readonly number[];
  /** Whether they must be wrapped in MULTI and EXEC. */
  readonly isTransaction: boolean;
}

/** Collects a unit and hands it on. */
export class Propagation {
  /** Whether anybody takes units; nothing may be added if not. */
  isOn = false;
  #sink: PropagationSink | undefined;
  readonly #writer = new RequestWriter();
  readonly #databases: number[] = [];
  readonly #ends: number[] = [];
  #isInRequest = false;

  /** Units go to `sink` from here on; to nobody if it is undefined. */
  sendTo(sink: PropagationSink | undefined): void {
    this.#sink = sink;
    // What a unit half collected was for nobody.
    this.#databases.length = this.#ends.length = 0;
    this.#writer.truncate(0);
    this.#isInRequest = false;
    this.isOn = sink !== undefined;
  }

  /** A request of a client begins: what is added belongs together until {@link endUnit}. */
  beginRequest(): void {
    this.#isInRequest = true;
  }

  /** Adds a request that a client has sent. */
  addRequest(database: number, { bytes, starts, lengths, count }: Arguments): void {
    const writer = this.#writer;
    writer.request(count);
    for (let i = 0; i < count; i++) writer.word(bytes, starts[i], lengths[i]);
    this.#added(database);
  }

  /** Adds a request of these words. Outside a client's request it is a unit by itself. */
  add(database: number, words: readonly RequestWord[]): void {
    this.#writer.request(words.length);
    for (const word of words) this.#writer.anyWord(word);
    this.#added(database);
    if (!this.#isInRequest) this.endUnit(false);
  }

  /** Hands on what was added. `isAtomic`: nobody may see a part of it. */
  endUnit(isAtomic: boolean): void {
    this.#isInRequest = false;
    const count = this.#ends.length;
    if (count === 0) return;
    this.#sink?.append({
      bytes: this.#writer.bytes,
      count,
      databases: this.#databases,
      ends: this.#ends,
      isTransaction: isAtomic && count > 1,
    });
    this.#databases.length = this.#ends.length = 0;
    this.#writer.truncate(0, KEPT_BYTES);
  }

  #added(database: number): void {
    this.#databases.push(database);
    this.#ends.push(this.#writer.length);
  }
}
