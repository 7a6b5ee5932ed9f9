/**
 * The stream of changes: what commands have changed, as requests that make the same changes when they are run again, in one row of bytes.
 *
 *     SELECT 0 · SET a 1 · MULTI · INCR a · SELECT 3 · DEL b · EXEC · APPEND c x
 *     ╰──── unit ─────╯   ╰────────────────── unit ────────────────╯   ╰─ unit ─╯
 *
 * It is the only place that knows how changes are written. Sinks take the bytes as they are: the append-only file is one, a replica's link
 * and the backlog for replicas that come back can be others. All of them see the same bytes, and {@link ChangeStream.offset} tells the place
 * of each, so that a sink that has seen the stream up to an offset can go on from there. That is why there is one selected database for all:
 * when a sink joins, the next unit selects its database anew, and those who are there already read a SELECT that they do not need.
 *
 * What belongs together is a unit: one command, one transaction, the deletion of one expired key. A unit of several requests is wrapped in
 * MULTI and EXEC, so that nobody ever sees a part of it; databases are selected within, as Redis 7.2 does. A request goes as its client sent
 * it, unless the command says by what it is to be repeated (`Call.propagateAs`): times become absolute, and what was left to chance becomes
 * what came of it.
 *
 * @module
 */
import type { Arguments } from "../resp/arguments.ts";
import { encodeRequest, type RequestPart, RequestWriter } from "../resp/request_writer.ts";

/** More memory than this is given back after a unit. */
const KEPT_BYTES = 2 ** 20;
const MULTI = encodeRequest(["MULTI"]);
const EXEC = encodeRequest(["EXEC"]);

/** Somebody who takes the stream. */
export interface ChangeSink {
  /** Takes a unit: `length` bytes from `start`. They are valid during the call. It must not throw: the command is not to blame. */
  append(bytes: Uint8Array, start: number, length: number): void;
}

/** The stream of one server. */
export class ChangeStream {
  /** Whether anybody takes changes; nothing may be added if not. */
  isOn = false;
  #offset = 0;
  /** Never changed in place: a unit goes to those who were there when it ended. */
  #sinks: readonly ChangeSink[] = [];
  #isPaused = false;
  /** The unit that is being collected. It begins with a MULTI, which is left out if the unit turns out to need none. */
  readonly #writer = new RequestWriter();
  /** Requests in it. */
  #count = 0;
  #isInRequest = false;
  /** The database that the end of the stream has selected; -1 if the next request must select one. */
  #selected = -1;

  /** Bytes that have been handed to sinks since the server was made. */
  get offset(): number {
    return this.#offset;
  }

  /** Hands what is added from here on to `sink` too, beginning with a SELECT. What was added before goes to the others alone. */
  attach(sink: ChangeSink): void {
    this.#handOver(true);
    this.#sinks = [...this.#sinks, sink];
    this.selectAgain();
    this.#update();
  }

  /** Hands nothing more to `sink`, if it is attached. What the last one leaves half collected is forgotten. */
  detach(sink: ChangeSink): void {
    this.#sinks = this.#sinks.filter((other) => other !== sink);
    this.#update();
  }

  /** Collects nothing until {@link resume}, and forgets what is half collected: data is loaded in the place of what there was. */
  pause(): void {
    this.#isPaused = true;
    this.#update();
  }

  /** Ends {@link pause}. */
  resume(): void {
    this.#isPaused = false;
    this.#update();
  }

  /** Whether what is changed from here on goes nowhere: a script wants that. What is collected already stays. */
  set isSilent(isSilent: boolean) {
    this.isOn = this.#takesChanges && !isSilent;
  }

  get #takesChanges(): boolean {
    return this.#sinks.length > 0 && !this.#isPaused;
  }

  /** Somebody begins to read here (a new file): the next request selects its database, whatever is selected. */
  selectAgain(): void {
    this.#selected = -1;
  }

  /** A request of a client begins: what is added belongs together until {@link endUnit}. */
  beginRequest(): void {
    this.#isInRequest = true;
  }

  /** Adds a request that a client has sent. */
  addRequest(database: number, { bytes, starts, lengths, count }: Arguments): void {
    const writer = this.#writer;
    this.#begin(database);
    writer.request(count);
    for (let i = 0; i < count; i++) writer.word(bytes, starts[i], lengths[i]);
  }

  /** Adds a request of these parts. Outside a client's request it is a unit by itself. */
  add(database: number, parts: readonly RequestPart[]): void {
    this.#begin(database);
    this.#writer.parts(parts);
    if (!this.#isInRequest) this.endUnit(false);
  }

  /** Hands what was added to the sinks. `isAtomic`: nobody may see a part of it. */
  endUnit(isAtomic: boolean): void {
    this.#isInRequest = false;
    this.#handOver(isAtomic);
  }

  /** A request of this database follows. */
  #begin(database: number): void {
    if (this.#count++ === 0) this.#writer.raw(MULTI, 0, MULTI.length);
    if (database === this.#selected) return;
    this.#selected = database;
    this.#writer.request(2);
    this.#writer.text("SELECT");
    this.#writer.text(String(database));
  }

  #handOver(isAtomic: boolean): void {
    if (this.#count === 0) return;
    const writer = this.#writer;
    const isTransaction = isAtomic && this.#count > 1;
    if (isTransaction) writer.raw(EXEC, 0, EXEC.length);
    const start = isTransaction ? 0 : MULTI.length;
    const length = writer.length - start;
    this.#offset += length;
    const sinks = this.#sinks;
    for (let i = 0; i < sinks.length; i++) sinks[i].append(writer.bytes, start, length);
    this.#forgetUnit();
  }

  #update(): void {
    this.isOn = this.#takesChanges;
    if (this.isOn) return;
    this.#isInRequest = false;
    if (this.#count === 0) return;
    // It may have selected a database, which now nobody has read of.
    this.selectAgain();
    this.#forgetUnit();
  }

  #forgetUnit(): void {
    this.#count = 0;
    this.#writer.truncate(0, KEPT_BYTES);
  }
}
