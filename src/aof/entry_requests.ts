/**
 * Writes keys as the requests that make them: the base of an append-only file where `aof-use-rdb-preamble` is off.
 *
 * @module
 */
import type { Address } from "../arena/memory.ts";
import { StreamId } from "../encodings/stream_id.ts";
import type { Database } from "../keyspace/database.ts";
import { type PerType, ValueType } from "../keyspace/value_type.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import { type ByteRange, copyRange, fromLatin1 } from "../lib/bytes.ts";
import { formatShortest } from "../lib/double.ts";
import { type RequestWord, RequestWriter } from "../resp/request_writer.ts";

/** Most elements that one request adds, as in Redis 7.2. */
const ELEMENTS_AT_ONCE = 64;
/** Bytes are passed on in pieces of about this size. */
const PIECE_BYTES = 2 ** 18;

/** The line that says in which second since 1970 the requests behind it were run (`aof-timestamp-enabled`). */
export function timestampLine(seconds: number): Uint8Array {
  return fromLatin1(`#TS:${seconds}\r\n`);
}

/** What stands before the entries. */
export interface RequestsHead {
  /** The texts of libraries of functions. */
  readonly functions?: readonly Uint8Array[];
  /** The time that the file begins with, in seconds since 1970. */
  readonly seconds?: number;
}

/** Writes entries as requests, piece by piece. */
export class EntryRequests {
  readonly #writer = new RequestWriter();
  #selected: Database | undefined;
  /** How the values of each type become requests. */
  readonly #forms: PerType<(key: ByteRange, entry: Address) => void> = {
    [ValueType.String]: (key, entry) =>
      this.#request("SET", key, this.keyspace.entries.value(entry)),
    [ValueType.List]: (key, entry) => this.#list(key, entry),
    [ValueType.Set]: (key, entry) => this.#set(key, entry),
    [ValueType.SortedSet]: (key, entry) => this.#sortedSet(key, entry),
    [ValueType.Hash]: (key, entry) => this.#hash(key, entry),
    [ValueType.Stream]: (key, entry) => this.#stream(key, entry),
  };

  /** `write` takes the pieces; each is valid only during the call. */
  constructor(
    private readonly keyspace: Keyspace,
    private readonly write: (bytes: Uint8Array) => void,
    private readonly head: RequestsHead = {},
  ) {}

  /** Writes what comes before the entries. */
  begin(): void {
    const { functions = [], seconds } = this.head;
    if (seconds !== undefined) {
      const line = timestampLine(seconds);
      this.#writer.raw(line, 0, line.length);
    }
    for (const bytes of functions) {
      this.#request("FUNCTION", "LOAD", { bytes, start: 0, length: bytes.length });
    }
  }

  /** Writes an entry of a database. */
  entry(database: Database, entry: Address): void {
    const { entries } = this.keyspace;
    if (database !== this.#selected) this.#request("SELECT", database.index);
    this.#selected = database;
    const key = copyRange(entries.key(entry));
    this.#forms[entries.type(entry)](key, entry);
    if (entries.hasTtl(entry)) this.#request("PEXPIREAT", key, entries.deadline(entry));
    if (this.#writer.length >= PIECE_BYTES) this.#flush();
  }

  /** Writes what is left. */
  end(): void {
    this.#flush();
  }

  #list(key: ByteRange, entry: Address): void {
    const words: RequestWord[] = [];
    const { lists } = this.keyspace;
    lists.walk(entry, 0, Infinity, "tail", (value) => void words.push(copyRange(value)));
    this.#batches("RPUSH", key, words, 1);
  }

  #set(key: ByteRange, entry: Address): void {
    const words: RequestWord[] = [];
    const { sets } = this.keyspace;
    sets.forEach(entry, (handle) => words.push(copyRange(sets.member(entry, handle))));
    this.#batches("SADD", key, words, 1);
  }

  #sortedSet(key: ByteRange, entry: Address): void {
    const words: RequestWord[] = [];
    const { sortedSets } = this.keyspace;
    sortedSets.walk(entry, 0, Infinity, false, (handle) => {
      const member = copyRange(sortedSets.member(entry, handle));
      words.push(formatShortest(sortedSets.score(entry, handle)), member);
    });
    this.#batches("ZADD", key, words, 2);
  }

  #hash(key: ByteRange, entry: Address): void {
    const { hashes } = this.keyspace;
    const words: RequestWord[] = [];
    const deadlines: [field: ByteRange, deadlineMs: number][] = [];
    hashes.forEach(entry, (handle) => {
      const field = copyRange(hashes.field(entry, handle));
      words.push(field, copyRange(hashes.value(entry, handle)));
      const deadlineMs = hashes.deadline(entry, handle);
      if (deadlineMs !== 0) deadlines.push([field, deadlineMs]);
    });
    this.#batches("HMSET", key, words, 2);
    for (const [field, deadlineMs] of deadlines) {
      this.#request("HPEXPIREAT", key, deadlineMs, "FIELDS", 1, field);
    }
  }

  #stream(key: ByteRange, entry: Address): void {
    const { streams } = this.keyspace;
    if (streams.count(entry) === 0) {
      // Makes an empty stream: it takes an entry to make one, and MAXLEN 0 removes it at once.
      this.#request("XADD", key, "MAXLEN", 0, "0-1", "x", "y");
    }
    streams.walk(entry, new StreamId(), StreamId.max(), false, (found) => {
      const words: RequestWord[] = ["XADD", key, found.id.toString()];
      streams.nodes.forEachField(found, (range) => words.push(copyRange(range)));
      this.#request(...words);
    });
    this.#request(
      ...["XSETID", key, streams.lastId(entry).toString()],
      ...["ENTRIESADDED", streams.entriesAdded(entry)],
      ...["MAXDELETEDID", streams.maxDeletedId(entry).toString()],
    );
    const root = streams.root(entry);
    streams.groups.forEach(root, (group) => this.#group(key, group));
  }

  #group(key: ByteRange, group: Address): void {
    const { groups } = this.keyspace.streams;
    const name = copyRange(groups.name(group));
    this.#request(
      ...["XGROUP", "CREATE", key, name, groups.lastId(group).toString()],
      ...["ENTRIESREAD", groups.entriesRead(group)],
    );
    groups.forEachConsumer(group, (consumer) => {
      const owner = copyRange(groups.name(consumer));
      this.#request("XGROUP", "CREATECONSUMER", key, name, owner);
      groups.forEachPending(consumer, "consumer", new StreamId(), (pending) => {
        this.#request(
          ...["XCLAIM", key, name, owner, 0, groups.pendingId(pending).toString()],
          ...["TIME", groups.deliveryTime(pending), "RETRYCOUNT", groups.deliveries(pending)],
          ...["JUSTID", "FORCE"],
        );
        return true;
      });
    });
  }

  /** Writes requests that each add some of the elements; an element takes `wordsEach` words. */
  #batches(name: string, key: ByteRange, words: readonly RequestWord[], wordsEach: number): void {
    const step = ELEMENTS_AT_ONCE * wordsEach;
    for (let i = 0; i < words.length; i += step) {
      this.#request(name, key, ...words.slice(i, i + step));
    }
  }

  #request(...words: readonly RequestWord[]): void {
    this.#writer.request(words.length);
    for (const word of words) this.#writer.anyWord(word);
  }

  #flush(): void {
    const { bytes, length } = this.#writer;
    this.write(bytes.subarray(0, length));
    this.#writer.truncate(0);
  }
}
