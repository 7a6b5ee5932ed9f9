/**
 * One run of a command: its arguments, its client, where its reply goes, and the keyspace seen from its arguments.
 *
 * There is one object for each depth of calls, pointed at each call in turn, so a body must not keep it.
 *
 * @module
 */
import type { Address } from "../arena/memory.ts";
import type { EndingReply } from "../clients/blocked_clients.ts";
import type { Client } from "../clients/client.ts";
import type { Database } from "../keyspace/database.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import type { ValueType } from "../keyspace/value_type.ts";
import type { ByteRange } from "../lib/bytes.ts";
import { readDouble } from "../lib/double.ts";
import { INT64_MIN } from "../lib/integer.ts";
import { type LongDouble, parseLongDouble } from "../lib/long_double.ts";
import type { Arguments } from "../resp/arguments.ts";
import type { RequestPart } from "../resp/request_writer.ts";
import type { ReplyWriter } from "../resp/reply_writer.ts";
import type { Command } from "./command.ts";
import type { KeyEventClass } from "../changes/key_events.ts";
import { SinkKind } from "../changes/stream.ts";
import type { AdminContext, ServerContext } from "./context.ts";
import { wantedBy } from "./request_access.ts";
import { err, errors, type ReplyError } from "./errors.ts";

/** The keys of a wait that is for no key. */
const NO_KEYS = { keys: [], type: -1, wakesWithoutKey: false } as const;

/** Runs further requests within one: those of a transaction. */
export interface NestedExecution {
  /**
   * Runs a request that was admitted when its client queued it, and writes its reply. It checks the user's rules again, which may have
   * changed since.
   */
  runQueued(client: Client, args: Arguments, reply: ReplyWriter): void;
}

/** What a command's body gets. */
export class Call {
  /** The client whose request it is. */
  client!: Client;
  /** The words of the request; number 0 is the name. */
  args!: Arguments;
  /** The command that runs. */
  command!: Command;
  /** Where the body writes its reply. */
  reply!: ReplyWriter;
  /** Whether the request itself is propagated; undefined means: if it has changed something. */
  propagatesRequest: boolean | undefined = undefined;
  /** How many of the error replies that {@link reply} has counted come from other commands. */
  excusedErrors = 0;

  readonly #key: ByteRange = { bytes: new Uint8Array(0), start: 0, length: 0 };
  readonly #ranges: readonly ByteRange[] = Array.from(
    { length: 4 },
    () => ({ bytes: new Uint8Array(0), start: 0, length: 0 }),
  );

  constructor(readonly server: ServerContext, readonly execution: NestedExecution) {}

  /** The client's database. */
  get db(): Database {
    return this.client.db;
  }

  /** All databases, and what they share. */
  get keyspace(): Keyspace {
    return this.server.keyspace;
  }

  /** The time of the call, in milliseconds since 1970. */
  get nowMs(): number {
    return this.server.keyspace.nowMs;
  }

  /**
   * Looks up the key in argument `i` for reading: counts a hit or a miss, and marks the access. 0 if there is no such key. If a type is
   * given, throws WRONGTYPE for a value of another type.
   */
  lookupForRead(i: number, type?: ValueType): Address {
    const { args, client: { db, noTouch } } = this;
    const entry = db.lookup(args.bytes, args.starts[i], args.lengths[i]);
    if (entry === 0) db.countMiss(args.bytes, args.starts[i], args.lengths[i]);
    else db.countHit(entry, !noTouch);
    return type === undefined ? entry : this.mustBe(entry, type);
  }

  /** As {@link lookupForRead}, but marks no access: for commands about a key and not its value. */
  lookupUntouched(i: number): Address {
    const args = this.args;
    return this.client.db.lookupForRead(args.bytes, args.starts[i], args.lengths[i], false);
  }

  /** Looks up the key in argument `i` without counting or marking anything. */
  lookupQuietly(i: number): Address {
    const args = this.args;
    return this.client.db.lookup(args.bytes, args.starts[i], args.lengths[i]);
  }

  /** As {@link lookupForRead}, for changing the key: counts neither a hit nor a miss. */
  lookupForWrite(i: number, type?: ValueType): Address {
    const entry = this.lookupIn(this.client.db, i);
    return type === undefined ? entry : this.mustBe(entry, type);
  }

  /** As {@link lookupForWrite}, in any database. */
  lookupIn(database: Database, i: number): Address {
    const args = this.args;
    const entry = database.lookup(args.bytes, args.starts[i], args.lengths[i]);
    if (entry !== 0 && !this.client.noTouch) database.touch(entry);
    return entry;
  }

  /** Whether this call may wait. If not, the body replies as if its time were up. */
  get mayBlock(): boolean {
    return !this.client.mustNotBlock;
  }

  /**
   * Makes the client wait until one of the keys in arguments `first` to `last` holds a value of a type, or the deadline has passed. The
   * body then runs again from its beginning, so it must not have changed or replied anything. `args` are the words to run again, if they
   * differ from those of this call.
   */
  waitForKeys(
    first: number,
    last: number,
    type: number,
    deadlineMs: number,
    wakesWithoutKey = false,
    args: Arguments = this.args,
  ): undefined {
    const keys: string[] = [];
    for (let i = first; i <= last; i++) keys.push(this.args.text(i));
    const replyAtTimeout = (reply: ReplyWriter) => reply.nullArray();
    const wait = { keys, type, deadlineMs, wakesWithoutKey, replyAtTimeout };
    this.server.blocked.block(this.client, args, wait);
  }

  /** Makes the client wait until the deadline (0: for ever), and then gives it this reply. CLIENT UNBLOCK may end the wait earlier. */
  waitUntil(deadlineMs: number, replyAtTimeout: EndingReply): undefined {
    this.server.blocked.block(this.client, this.args, { ...NO_KEYS, deadlineMs, replyAtTimeout });
  }

  /** Makes the client wait until {@link ServerContext.answer} is called for it. */
  waitForAnswer(): undefined {
    const wait = { ...NO_KEYS, deadlineMs: 0, replyAtTimeout: undefined };
    this.server.blocked.block(this.client, this.args, wait);
  }

  /** Whether the client's user may read any key, so that the request may lead to keys that it does not name. */
  get mayReadAnyKey(): boolean {
    const { user } = this.client;
    if (user.isUnrestricted) return true;
    const wanted = wantedBy(this.command, this.args);
    return user.selectors.some((selector) =>
      selector.mayReadAnyKey && selector.check(wanted, false) === undefined
    );
  }

  /** Argument `i` as the key of a new value, in an object that is only used for keys. */
  key(i: number): ByteRange {
    return this.args.point(this.#key, i);
  }

  /**
   * Argument `i` as a range. Four objects serve all arguments, so that a command with many arguments makes none: a range is overwritten by
   * that of the argument four places on.
   */
  range(i: number): ByteRange {
    return this.args.point(this.#ranges[i & 3], i);
  }

  /** Replies with a range of bytes as a bulk string. */
  replyRange({ bytes, start, length }: ByteRange): undefined {
    this.reply.bulk(bytes, start, length);
  }

  /** The bytes of a string's value; valid until the next change of the keyspace. */
  value(entry: Address): ByteRange {
    return this.server.keyspace.entries.value(entry);
  }

  /** Replies with a string's value, or null for 0. */
  replyValue(entry: Address): undefined {
    if (entry === 0) return this.reply.null();
    const value = this.value(entry);
    this.reply.bulk(value.bytes, value.start, value.length);
  }

  /** Stores argument `valueIndex` as a plain string under the key in argument `keyIndex`. */
  setString(keyIndex: number, valueIndex: number, deadlineMs: number): void {
    const { bytes, starts, lengths } = this.args;
    this.client.db.setString(
      bytes,
      starts[keyIndex],
      lengths[keyIndex],
      bytes,
      starts[valueIndex],
      lengths[valueIndex],
      deadlineMs,
    );
  }

  /** Makes the key in argument `i` hold a new value of `length` bytes, which the caller fills; see `Database.put`. */
  put(i: number, kind: number, length: number, deadlineMs: number): Address {
    const { bytes, starts, lengths } = this.args;
    return this.client.db.put(kind, bytes, starts[i], lengths[i], length, deadlineMs);
  }

  /**
   * Reports that the key in argument `i` has changed. Call it once after each change of a key. `event` is the name that keyspace
   * notifications give it; `changes` is how much it adds to the changes since the last save. What is propagated is the request, unless
   * {@link propagateAs} follows: `call.keyChanged(...).propagateAs("PEXPIREAT", call.range(1), deadlineMs)`.
   */
  keyChanged(i: number, eventClass: KeyEventClass, event: string, changes = 1): this {
    return this.keyChangedIn(this.client.db, i, eventClass, event, changes);
  }

  /** As {@link keyChanged}, in another database than the client's. */
  keyChangedIn(
    database: Database,
    i: number,
    eventClass: KeyEventClass,
    event: string,
    changes = 1,
  ): this {
    this.server.changes.keyChanged(
      database,
      this.args.point(this.#key, i),
      eventClass,
      event,
      changes,
    );
    return this;
  }

  /** Reports a second event of a change that {@link keyChanged} has reported (SET with EX: `set`, then `expire`). */
  keyEvent(i: number, eventClass: KeyEventClass, event: string): this {
    return this.keyChanged(i, eventClass, event, 0);
  }

  /** Counts changes that do not change the value for those who watch the key (a consumer has read). */
  countChanges(changes: number): void {
    this.server.changes.count(changes);
  }

  /**
   * Propagates a request of these words in place of the client's own. It must have the same effect whenever and wherever it is run. May be
   * called several times. While there is no sink it costs a branch, so pass words that are at hand; otherwise use {@link propagateWords}.
   */
  propagateAs(
    first: RequestPart,
    second?: RequestPart,
    third?: RequestPart,
    fourth?: RequestPart,
    fifth?: RequestPart,
  ): void {
    const { propagation } = this.server;
    if (!propagation.isOn) return;
    this.propagatesRequest = false;
    const parts = [first, second, third, fourth, fifth].filter((part) => part !== undefined);
    propagation.add(this.client.db.index, parts);
  }

  /** As {@link propagateAs}, for any number of words, or for words that take work to make: `make` is called only if there is a sink. */
  propagateWords(make: () => readonly RequestPart[]): void {
    const { propagation } = this.server;
    if (!propagation.isOn) return;
    this.propagatesRequest = false;
    propagation.add(this.client.db.index, make());
  }

  /** Propagates the request to replicas, but not to files, because it changes nothing that they keep. */
  propagateToReplicas(): void {
    const { propagation } = this.server;
    if (!propagation.isOn) return;
    this.propagatesRequest = false;
    propagation.addRequestFor(SinkKind.Replicas, this.client.db.index, this.args);
  }

  /**
   * Whether a deadline has passed, so that what it is for goes at once. While data is being loaded no deadline has; what has expired is
   * deleted when everything is loaded. On a replica it is the primary that deletes.
   */
  hasPassed(deadlineMs: number): boolean {
    const { expiryEnabled, keepsExpired } = this.server.keyspace;
    return deadlineMs <= this.nowMs && expiryEnabled && !keepsExpired;
  }

  /** Argument `i` as an integer, rounded beyond 2^53; throws if it is none. */
  integer(i: number, error: ReplyError = errors.notInteger): number {
    const value = this.args.integer(i);
    if (Number.isNaN(value)) throw error;
    return value;
  }

  /**
   * Whether arguments `i` and `j`, which are integers, are both negative and the first is larger, so that the range is empty whatever the
   * length is.
   */
  isReversedFromEnd(i: number, j: number): boolean {
    const [first, last] = [this.args.int64(i)!, this.args.int64(j)!];
    return first < 0n && last < 0n && first > last;
  }

  /** As {@link integer}, for 32 bits; integers beyond them get an error text of their own. */
  int32(i: number, error: ReplyError = errors.notInteger): number {
    const value = this.integer(i, error);
    if (value !== (value | 0)) throw error === errors.notInteger ? errors.outOfInt32 : error;
    return value;
  }

  /** Argument `i` as a double; throws if it is none. */
  double(i: number, error: ReplyError = errors.notFloat): number {
    const { bytes, starts, lengths } = this.args;
    const value = readDouble(bytes, starts[i], lengths[i]);
    if (Number.isNaN(value)) throw error;
    return value;
  }

  /** Argument `i` as a long double or an infinity; throws if it is neither. */
  longDouble(i: number, error: ReplyError = errors.notFloat): LongDouble | number {
    const value = parseLongDouble(this.args.text(i));
    if (value === undefined) throw error;
    return value;
  }

  /** Argument `i` as a count that may be negative, as in HRANDFIELD; throws if its negation does not fit 64 bits. */
  signedCount(i: number): number {
    const count = this.integer(i);
    if (this.args.int64(i) === INT64_MIN) throw errors.outOfSymmetricRange;
    return count;
  }

  /** The database whose number is argument `i`; throws if there is none. */
  database(i: number, notInteger: ReplyError = errors.notInteger): Database {
    const index = this.int32(i, notInteger);
    const database = this.server.keyspace.databases[index];
    if (database === undefined) throw errors.dbOutOfRange;
    return database;
  }

  /** The error of a wrong number of arguments, for bodies that check more than the spec's arity. */
  wrongArity(): ReplyError {
    return err(`wrong number of arguments for '${this.command.fullName}' command`);
  }

  /** Returns the entry, which may be 0; throws WRONGTYPE if its value is not of the type. */
  mustBe(entry: Address, type: ValueType): Address {
    if (entry !== 0 && this.server.keyspace.entries.type(entry) !== type) {
      throw errors.wrongType;
    }
    return entry;
  }
}

/** What the body of a command of administration gets: it sees the whole server. */
export class AdminCall extends Call {
  declare readonly server: AdminContext;
  /** What the executor has noted before the body ran: the length of the reply, the arena's bytes in use, and the number of changes. */
  replyStart = 0;
  usedBefore = 0;
  changesBefore = 0;
  declare command: Command<AdminCall>;

  constructor(server: AdminContext, execution: NestedExecution) {
    super(server, execution);
  }
}
