import type { Address } from "../../arena/memory.ts";
import { matchesAll, matchesGlob } from "../../lib/glob.ts";
import type { Call } from "../../command/call.ts";
import { parseScan } from "../shared/scan.ts";
import { command, type CommandSpec } from "../../command/spec.ts";

/** Replies with an entry's key as a bulk string. */
function replyKey(call: Call, entry: Address): undefined {
  const key = call.server.keyspace.entries.key(entry);
  call.reply.bulk(key.bytes, key.start, key.length);
}

function keyMatches(call: Call, entry: Address, pattern: Uint8Array): boolean {
  const key = call.server.keyspace.entries.key(entry);
  return matchesGlob(pattern, key.bytes, key.start, key.length);
}

/** KEYS: all keys that match a pattern. */
export const keys: CommandSpec = command({
  name: "keys",
  group: "generic",
  summary: "Lists all keys that match a pattern. Holds up every client meanwhile: SCAN does not.",
  since: "1.0.0",
  complexity: "O(N) where N is the number of keys in the database",
  arity: 2,
  flags: ["readonly"],
  categories: ["dangerous"],
  tips: ["request_policy:all_shards", "nondeterministic_output_order"],
  syntax: "pattern",
  run(call) {
    const { args, db, reply } = call;
    const pattern = args.copy(1);
    const takesAll = matchesAll(pattern);
    const begin = reply.beginArray();
    let count = 0;
    db.scan(0, Infinity, (entry) => {
      if (db.isExpired(entry) || !takesAll && !keyMatches(call, entry, pattern)) return;
      replyKey(call, entry);
      count++;
    });
    reply.endArray(begin, count);
  },
});

/** SCAN: the keys, a few at a time. */
export const scan: CommandSpec = command({
  name: "scan",
  group: "generic",
  summary: "Walks all keys a few at a time; a key that is there throughout is returned.",
  since: "2.8.0",
  complexity: "O(1) for each call, O(N) for the whole walk",
  arity: -2,
  flags: ["readonly"],
  tips: ["nondeterministic_output", "request_policy:special", "response_policy:special"],
  syntax: "cursor [MATCH pattern] [COUNT count] [TYPE type]",
  run(call) {
    const { args, db, reply } = call;
    let type: string | undefined;
    const { cursor, count, pattern } = parseScan(call, 1, (i) => {
      if (!args.is(i, "TYPE") || i + 1 === args.count) return 0;
      type = args.cText(i + 1).toLowerCase();
      return 2;
    });
    const expired: Address[] = [];
    const found: Address[] = [];
    const next = db.scan(cursor, count, (entry) => {
      if (pattern !== undefined && !keyMatches(call, entry, pattern)) return;
      if (db.isExpired(entry)) expired.push(entry);
      else if (type === undefined || call.keyspace.operations(entry).typeName === type) {
        found.push(entry);
      }
    });
    for (const entry of expired) db.expire(entry);
    reply.array(2);
    reply.bulkText(String(next));
    reply.array(found.length);
    for (const entry of found) replyKey(call, entry);
  },
});

const RANDOM_TRIES = 100;

/** RANDOMKEY: any key. */
export const randomkey: CommandSpec = command({
  name: "randomkey",
  group: "generic",
  summary: "Replies with a key chosen at random, each equally likely.",
  since: "1.0.0",
  complexity: "O(1)",
  arity: 1,
  flags: ["readonly"],
  tips: ["request_policy:all_shards", "response_policy:special", "nondeterministic_output"],
  run(call) {
    const { db, reply, server } = call;
    for (let i = 0; i < RANDOM_TRIES; i++) {
      const entry = db.random(server.random);
      if (entry === 0) break;
      if (!db.isExpired(entry)) return replyKey(call, entry);
      db.expire(entry);
    }
    reply.null();
  },
});

/** TYPE: the type of a key's value. */
export const type: CommandSpec = command({
  name: "type",
  group: "generic",
  summary: "Replies with the type of the value that a key holds, or none.",
  since: "1.0.0",
  complexity: "O(1)",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: [{ flags: ["RO"], first: 1, last: 0, step: 1 }],
  syntax: "key",
  run(call) {
    const { bytes, starts, lengths } = call.args;
    const entry = call.db.lookupForRead(bytes, starts[1], lengths[1], false);
    call.reply.simple(entry === 0 ? "none" : call.keyspace.operations(entry).typeName);
  },
});
