/**
 * Checks in tests that every command reports its changes correctly. It looks at all keys before and after each command, and notes:
 *
 *     a key that has changed, and nobody was told          WATCH, caches and the append-only file would not know
 *     a key that has not changed, and somebody was told    unless Redis tells too: {@link TELL_OF_NO_CHANGE}
 *     a key that has changed and is not declared           no rule of a user guards it, and a snapshot may miss what it was
 *     a command that has changed something and then threw  the client believes that nothing has happened
 *
 * With more than {@link MOST_KEYS} keys it checks nothing, so that tests do not become slow.
 *
 * @module
 */
import type { Call } from "../command/call.ts";
import { keyPositions } from "../command/key_positions.ts";
import type { CommandInspector } from "../execution/test_hooks.ts";
import type { Database } from "../keyspace/database.ts";
import { type ByteRange, latin1 } from "../lib/bytes.ts";
import type { Server } from "../server/server.ts";
import { type Fingerprint, ValueFingerprints } from "./value_fingerprint.ts";

const MOST_KEYS = 100;

/** Events of keys that no command need declare, because the key had expired or was evicted. */
const HAPPEN_BY_THEMSELVES: ReadonlySet<string> = new Set(["expired", "evicted", "hexpired"]);

/** Commands that change everything, whose changes are not compared. */
const CHANGE_EVERYTHING: ReadonlySet<string> = new Set(["debug"]);

/**
 * Commands that change a key and only count it, as Redis 7.2 does: neither WATCH nor a notification is about who has read what of a stream, nor
 * about how a HyperLogLog keeps its registers and its last count.
 */
const ONLY_COUNT: ReadonlySet<string> = new Set(
  ["xreadgroup", "xack", "xclaim", "xautoclaim", "pfcount", "pfdebug"],
);

/** Commands that change a key which they declare as read-only, as Redis 7.2 does. */
const DECLARE_TO_READ: ReadonlySet<string> = new Set(["xreadgroup"]);

/** Commands that may report a change though nothing has changed, each with the reason for which Redis 7.2 does the same. */
const TELL_OF_NO_CHANGE: Readonly<Record<string, string>> = {
  "what is written is not compared with what is there":
    "set setex psetex getset mset setrange append lset hset hmset hsetex restore restore-asking " +
    "xsetid xgroup|setid expire pexpire expireat pexpireat getex hexpire hpexpire hexpireat " +
    "hpexpireat hgetex pfmerge",
  "zero may be added": "incrby decrby incrbyfloat hincrby hincrbyfloat",
  "a result is stored whatever the key holds":
    "sunionstore sinterstore sdiffstore zunionstore zinterstore zdiffstore zrangestore bitop sort " +
    "geosearchstore georadius georadiusbymember copy",
  "each of several changes counts, though the last may undo the first": "zadd geoadd bitfield",
  "an element may come back to its place": "lmove blmove rpoplpush brpoplpush",
  "it tells even if there is nothing to trim": "ltrim",
};

const MAY_CHANGE_NOTHING: ReadonlySet<string> = new Set(
  Object.values(TELL_OF_NO_CHANGE).flatMap((names) => names.split(" ")),
);

/** What has been reported while one command runs. */
interface Frame {
  /** The reported keys, by their names in {@link nameOf}, with the number of changes. */
  readonly told: Map<string, number>;
  /** Those of the reported keys that no command need declare. */
  readonly byThemselves: Set<string>;
  /** The databases that hold other keys than before. */
  readonly databases: Set<number>;
  hasCounted: boolean;
}

function nameOf(database: Database, { bytes, start, length }: ByteRange): string {
  return `${database.index}:${latin1(bytes, start, length)}`;
}

/** Inspects the commands of one server. */
export class ChangeInspector implements CommandInspector {
  /** What commands did wrong; each text names the command and the key. */
  readonly problems: string[] = [];
  /** All keys as they were when the last command ended; undefined if that is not known. */
  #known: ReadonlyMap<string, Fingerprint> | undefined;
  /** The running commands, each within the one before it. */
  readonly #frames: Frame[] = [];
  readonly #fingerprints: ValueFingerprints;

  constructor(private readonly server: Server) {
    this.#fingerprints = new ValueFingerprints(server.keyspace);
    this.#listen();
    server.executor.inspector = this;
  }

  run(call: Call, body: () => void): void {
    if (call.client.isReplay) return body();
    const frame: Frame = {
      ...{ told: new Map(), byThemselves: new Set(), databases: new Set(), hasCounted: false },
    };
    this.#known ??= this.#allKeys();
    this.#frames.push(frame);
    let hasThrown = true;
    try {
      body();
      hasThrown = false;
    } finally {
      this.#frames.pop();
      const before = this.#known;
      const after = this.#known = this.#allKeys();
      if (before !== undefined && after !== undefined) {
        this.#compare(call, frame, before, after, hasThrown);
      }
    }
  }

  /** Throws if a command has done something wrong. */
  assertHonest(): void {
    if (this.problems.length > 0) throw new Error(this.problems.join("\n"));
  }

  #listen(): void {
    const { changes } = this.server;
    const { count, databaseChanged, keyChanged } = changes;
    changes.keyChanged = (database, key, eventClass, event, more) => {
      const frame = this.#frames.at(-1);
      const name = nameOf(database, key);
      if (frame === undefined) this.#known = undefined;
      else {
        frame.told.set(name, (frame.told.get(name) ?? 0) + more);
        if (HAPPEN_BY_THEMSELVES.has(event)) frame.byThemselves.add(name);
      }
      keyChanged.call(changes, database, key, eventClass, event, more);
    };
    changes.databaseChanged = (database, more) => {
      this.#frames.at(-1)?.databases.add(database.index);
      this.#known = undefined;
      databaseChanged.call(changes, database, more);
    };
    changes.count = (more) => {
      const frame = this.#frames.at(-1);
      if (frame !== undefined && more > 0) frame.hasCounted = true;
      count.call(changes, more);
    };
  }

  /** Every key with the fingerprint of its value; undefined if there are too many. */
  #allKeys(): Map<string, Fingerprint> | undefined {
    const { keyspace } = this.server;
    if (keyspace.size > MOST_KEYS) return undefined;
    const keys = new Map<string, Fingerprint>();
    for (const database of keyspace.databases) {
      if (database.size === 0) continue;
      database.scan(0, Infinity, (entry) => {
        const name = nameOf(database, keyspace.entries.key(entry));
        keys.set(name, this.#fingerprints.of(database, entry));
      });
    }
    return keys;
  }

  #compare(
    call: Call,
    frame: Frame,
    before: ReadonlyMap<string, Fingerprint>,
    after: ReadonlyMap<string, Fingerprint>,
    hasThrown: boolean,
  ): void {
    const command = call.command.fullName;
    if (CHANGE_EVERYTHING.has(command.split("|")[0])) return;
    const { args } = call;
    const note = (name: string, what: string) =>
      this.problems.push(`${args.texts().join(" ")}: key ${name} ${what}`);
    const isChanged = (name: string) => before.get(name) !== after.get(name);
    const declared = new Set<string>();
    for (const { index, flags } of keyPositions(call.command.spec, args)) {
      if (!flags.includes("RO") || DECLARE_TO_READ.has(command)) declared.add(args.text(index));
    }
    for (const name of new Set([...before.keys(), ...after.keys()])) {
      const [index, key] = split(name);
      if (!isChanged(name) || frame.databases.has(index)) continue;
      const isTold = frame.told.has(name) || ONLY_COUNT.has(command) && frame.hasCounted;
      if (!isTold) note(name, "has changed, and nobody was told");
      if (frame.byThemselves.has(name)) continue;
      if (!declared.has(key)) note(name, "has changed, and is not declared to");
      if (hasThrown) note(name, "has changed, and then something was thrown");
    }
    if (MAY_CHANGE_NOTHING.has(command)) return;
    for (const [name, changes] of frame.told) {
      // For a large value that cannot be told.
      if (typeof after.get(name) === "string") continue;
      if (changes > 0 && !isChanged(name)) note(name, "has not changed, but somebody was told so");
    }
  }
}

/** The number of the database and the key in a name of {@link nameOf}. */
function split(name: string): [database: number, key: string] {
  const colon = name.indexOf(":");
  return [Number(name.slice(0, colon)), name.slice(colon + 1)];
}
