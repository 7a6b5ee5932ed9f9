/**
 * The stream of changes: one sequence of bytes, which holds requests that make the same changes when they are run again.
 *
 *     SELECT 0 · SET a 1 · MULTI · INCR a · SELECT 3 · DEL b · EXEC · APPEND c x
 *     ╰──── unit ─────╯   ╰────────────────── unit ────────────────╯   ╰─ unit ─╯
 *
 * Only this file knows how changes are written. Sinks take the bytes as they are: the append-only file is one, the backlog for replicas
 * another. All sinks see the same bytes, and {@link ChangeStream.offset} gives each byte its place, so a sink that has seen the stream up
 * to an offset can go on from there. That is why the selected database is the same for all: when a sink joins, the next unit selects its
 * database again, and the other sinks read a SELECT that they do not need. A request may be for sinks of one kind only, because it
 * changes nothing that a file keeps (PUBLISH), or because a script says so. The others get the unit without it.
 *
 * Requests that belong together are a unit: one command, one transaction, the deletion of one expired key. A unit of several requests is
 * wrapped in MULTI and EXEC, so that nobody ever sees a part of it; databases are selected inside, as in Redis 7.2. A request is written as
 * its client sent it, unless the command says which requests have the same effect (`Call.propagateAs`): times become absolute, and random
 * choices become their results.
 *
 * @module
 */
import type { Arguments } from "../resp/arguments.ts";
import { encodeRequest, type RequestPart, RequestWriter } from "../resp/request_writer.ts";

/** More memory than this is given back after a unit. */
const KEPT_BYTES = 2 ** 20;
const MULTI = encodeRequest(["MULTI"]);
const EXEC = encodeRequest(["EXEC"]);

/** Kinds of sinks, as bits. */
export const SinkKind = { File: 1 << 0, Replicas: 1 << 1, Any: 1 << 0 | 1 << 1 } as const;

/** Takes the bytes of the stream. */
export interface ChangeSink {
  /**
   * Takes a unit: `length` bytes from `start`. They are valid only during the call. It must not throw, because the command that made the
   * change cannot help it.
   */
  append(bytes: Uint8Array, start: number, length: number): void;
  /** What kind of sink it is, as bits of {@link SinkKind}; one that does not say gets every request. */
  readonly kind?: number;
}

/** A part of a unit that is for some kinds of sinks only. */
interface RestrictedPart {
  readonly start: number;
  readonly end: number;
  readonly kinds: number;
}

/** The stream of one server. */
export class ChangeStream {
  /** Whether there is a sink. Nothing may be added while there is none. */
  isOn = false;
  #offset = 0;
  /** Never changed in place, so that a unit goes to the sinks that were attached when it ended. */
  #sinks: readonly ChangeSink[] = [];
  /** The kinds of all sinks together, and the kinds for which requests are at present. */
  #sinkKinds = 0;
  #kinds: number = SinkKind.Any;
  #isPaused = false;
  /** The unit that is being collected. It begins with a MULTI, which is left out if the unit does not need it. */
  readonly #writer = new RequestWriter();
  /** Number of requests in the unit. */
  #count = 0;
  readonly #restricted: RestrictedPart[] = [];
  /** A unit as sinks of one kind get it. */
  readonly #reduced = new RequestWriter();
  #isInRequest = false;
  /** The database that is selected at the end of the stream; -1 if the next request must select one. */
  #selected = -1;

  /** Bytes that have been handed to sinks since the server was made. */
  get offset(): number {
    return this.#offset;
  }

  /** The index of the database that is selected at the end of the stream; -1 if the next request selects one in any case. */
  get selected(): number {
    return this.#selected;
  }

  /** Attaches a sink. It gets everything that is added from now on, beginning with a SELECT, and nothing that was added before. */
  attach(sink: ChangeSink): void {
    this.#handOver(true);
    this.#sinks = [...this.#sinks, sink];
    this.selectAgain();
    this.#update();
  }

  /** Detaches a sink, if it is attached. If it was the last one, a half-collected unit is forgotten. */
  detach(sink: ChangeSink): void {
    this.#sinks = this.#sinks.filter((other) => other !== sink);
    this.#update();
  }

  /** Collects nothing until {@link resume}, and forgets a half-collected unit, because loaded data is going to replace the present data. */
  pause(): void {
    this.#isPaused = true;
    this.#update();
  }

  /** Ends {@link pause}. */
  resume(): void {
    this.#isPaused = false;
    this.#update();
  }

  /** For which kinds of sinks changes are from now on, because a script asks for that. What has been collected already stays. */
  set kinds(kinds: number) {
    this.#kinds = kinds;
    this.isOn = this.#takesChanges && (kinds & this.#sinkKinds) !== 0;
  }

  get #takesChanges(): boolean {
    return this.#sinks.length > 0 && !this.#isPaused;
  }

  /** Makes the next request select its database in any case, because a reader begins here (a new file). */
  selectAgain(): void {
    this.#selected = -1;
  }

  /** Begins a request of a client. What is added until {@link endUnit} belongs together. */
  beginRequest(): void {
    this.#isInRequest = true;
  }

  /** Adds a request that a client has sent. */
  addRequest(database: number, { bytes, starts, lengths, count }: Arguments): void {
    const writer = this.#writer;
    this.#begin(database);
    const { length } = writer;
    writer.request(count);
    for (let i = 0; i < count; i++) writer.word(bytes, starts[i], lengths[i]);
    if (this.#kinds !== SinkKind.Any) this.#restrict(length);
  }

  /** As {@link addRequest}, for sinks of these kinds only. */
  addRequestFor(kinds: number, database: number, args: Arguments): void {
    const before = this.#kinds;
    this.#kinds &= kinds;
    if ((this.#kinds & this.#sinkKinds) !== 0) this.addRequest(database, args);
    this.#kinds = before;
  }

  /** Adds a request of these parts. Outside a client's request it is a unit of its own. */
  add(database: number, parts: readonly RequestPart[]): void {
    this.#begin(database);
    const { length } = this.#writer;
    this.#writer.parts(parts);
    if (this.#kinds !== SinkKind.Any) this.#restrict(length);
    if (!this.#isInRequest) this.endUnit(false);
  }

  /** Ends the unit and hands it to the sinks; returns whether there was anything in it. With `isAtomic` nobody may see a part of it. */
  endUnit(isAtomic: boolean): boolean {
    this.#isInRequest = false;
    if (this.#count === 0) return false;
    this.#handOver(isAtomic);
    return true;
  }

  /** Prepares for a request of this database. */
  #begin(database: number): void {
    if (this.#count++ === 0) this.#writer.raw(MULTI, 0, MULTI.length);
    if (database === this.#selected) return;
    this.#selected = database;
    this.#writer.request(2);
    this.#writer.text("SELECT");
    this.#writer.text(String(database));
  }

  /** Makes what was written since the unit was `start` long a part for some kinds of sinks only. */
  #restrict(start: number): void {
    this.#restricted.push({ start, end: this.#writer.length, kinds: this.#kinds });
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
    if (this.#restricted.length > 0) this.#handOverParts(start);
    else for (let i = 0; i < sinks.length; i++) sinks[i].append(writer.bytes, start, length);
    this.#forgetUnit();
  }

  /** Hands each sink what is for its kind. */
  #handOverParts(start: number): void {
    const { bytes, length } = this.#writer;
    for (const sink of this.#sinks) {
      const reduced = this.#reduced;
      let at = start;
      for (const part of this.#restricted) {
        if ((part.kinds & (sink.kind ?? SinkKind.Any)) !== 0) continue;
        reduced.raw(bytes, at, part.start - at);
        at = part.end;
      }
      reduced.raw(bytes, at, length - at);
      if (reduced.length > 0) sink.append(reduced.bytes, 0, reduced.length);
      reduced.truncate(0, KEPT_BYTES);
    }
  }

  #update(): void {
    this.#sinkKinds = this.#sinks.reduce((kinds, { kind }) => kinds | (kind ?? SinkKind.Any), 0);
    this.kinds = this.#kinds;
    if (this.#takesChanges) return;
    this.#isInRequest = false;
    if (this.#count === 0) return;
    // The unit may have selected a database, of which no sink has read.
    this.selectAgain();
    this.#forgetUnit();
  }

  #forgetUnit(): void {
    this.#count = 0;
    this.#restricted.length = 0;
    this.#writer.truncate(0, KEPT_BYTES);
  }
}
