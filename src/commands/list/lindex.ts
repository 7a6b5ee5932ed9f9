import { sameBytes } from "../../lib/bytes.ts";
import type { ListPosition } from "../../keyspace/lists.ts";
import type { Call } from "../../command/call.ts";
import { errors } from "../../command/errors.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";

/** Whether the element at a position is argument `i`. */
function isArgument(call: Call, entry: number, position: ListPosition, i: number): boolean {
  const { bytes, starts, lengths } = call.args;
  const value = call.server.keyspace.lists.value(entry, position);
  return value.length === lengths[i] &&
    sameBytes(value.bytes, value.start, bytes, starts[i], lengths[i]);
}

/** LLEN: the number of elements. */
export const llen: CommandSpec = command({
  name: "llen",
  group: "list",
  summary: "Counts the elements of a list.",
  since: "1.0.0",
  complexity: "O(1)",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: oneKey("RO"),
  syntax: "key",
  run(call) {
    const entry = call.lookupListForRead(1);
    call.reply.integer(entry === 0 ? 0 : call.server.keyspace.lists.count(entry));
  },
});

/** LINDEX: an element by its number. */
export const lindex: CommandSpec = command({
  name: "lindex",
  group: "list",
  summary: "Replies with the element of a list that has a number, negative from the end.",
  since: "1.0.0",
  complexity: "O(N) where N is the number of elements passed",
  arity: 3,
  flags: ["readonly"],
  keys: oneKey("RO access"),
  syntax: "key index",
  run(call) {
    const { lists } = call.server.keyspace;
    const entry = call.lookupListForRead(1);
    if (entry === 0) return call.reply.null();
    const position = lists.at(entry, call.integer(2));
    if (position === undefined) call.reply.null();
    else call.replyRange(lists.value(entry, position));
  },
});

/** A range of element numbers, as GETRANGE reads its arguments; undefined if it is empty. */
function range(call: Call, length: number): { first: number; last: number } | undefined {
  const [start, end] = [call.integer(2), call.integer(3)];
  const first = Math.max(0, start < 0 ? start + length : start);
  const last = Math.min(length - 1, end < 0 ? end + length : end);
  return first > last ? undefined : { first, last };
}

/** LRANGE: a range of elements. */
export const lrange: CommandSpec = command({
  name: "lrange",
  group: "list",
  summary: "Lists a range of the elements of a list.",
  since: "1.0.0",
  complexity: "O(S+N) where S is the number of elements before the range and N that in it",
  arity: 4,
  flags: ["readonly"],
  keys: oneKey("RO access"),
  syntax: "key start stop",
  run(call) {
    const { reply } = call;
    const { lists } = call.server.keyspace;
    range(call, 0);
    const entry = call.lookupListForRead(1);
    const shown = entry === 0 ? undefined : range(call, lists.count(entry));
    if (shown === undefined) return reply.array(0);
    reply.array(shown.last - shown.first + 1);
    const count = shown.last - shown.first + 1;
    lists.walk(entry, shown.first, count, "tail", (value) => call.replyRange(value));
  },
});

/** LTRIM: keeps a range of elements. */
export const ltrim: CommandSpec = command({
  name: "ltrim",
  group: "list",
  summary: "Removes all elements of a list but a range.",
  since: "1.0.0",
  complexity: "O(N) where N is the number of elements removed",
  arity: 4,
  flags: ["write"],
  keys: oneKey("RW delete"),
  syntax: "key start stop",
  run(call) {
    const { db, reply } = call;
    const { lists } = call.server.keyspace;
    range(call, 0);
    const entry = call.lookupListForWrite(1);
    if (entry === 0) return reply.ok();
    const total = lists.count(entry);
    const kept = range(call, total);
    if (kept === undefined) db.delete(entry, true);
    else {
      const cut = lists.removeRange(db, entry, kept.last + 1, total - 1 - kept.last);
      lists.removeRange(db, cut, 0, kept.first);
    }
    const left = kept === undefined ? 0 : kept.last - kept.first + 1;
    call.keyChanged(1, "list", "ltrim", db, total - left);
    if (kept === undefined) call.keyEvent(1, "generic", "del");
    reply.ok();
  },
});

/** LSET: replaces an element. */
export const lset: CommandSpec = command({
  name: "lset",
  group: "list",
  summary: "Replaces the element of a list that has a number.",
  since: "1.0.0",
  complexity: "O(N) where N is the number of elements passed",
  arity: 4,
  flags: ["write", "denyoom"],
  keys: oneKey("RW update"),
  syntax: "key index element",
  run(call) {
    const { lists } = call.server.keyspace;
    const entry = call.lookupListForWrite(1);
    if (entry === 0) throw errors.noSuchKey;
    if (call.args.int64(2) === undefined) throw errors.notInteger;
    // Redis passes the index on in 32 bits.
    const index = Number(BigInt.asIntN(32, call.args.int64(2)!));
    const roomy = lists.makeRoom(call.db, entry, 1, call.args.lengths[3]);
    if (lists.at(roomy, index) === undefined) throw errors.indexOutOfRange;
    const fromHead = index < 0 ? index + lists.count(roomy) : index;
    lists.set(call.db, roomy, fromHead, call.range(3));
    call.keyChanged(1, "list", "lset");
    call.reply.ok();
  },
});

/** LINSERT: inserts beside an element. */
export const linsert: CommandSpec = command({
  name: "linsert",
  group: "list",
  summary: "Inserts an element before or behind another one.",
  since: "2.2.0",
  complexity: "O(N) where N is the number of elements passed",
  arity: 5,
  flags: ["write", "denyoom"],
  keys: oneKey("RW insert"),
  syntax: "key <BEFORE | AFTER> pivot element",
  run(call) {
    const { args, db, reply } = call;
    const { lists } = call.server.keyspace;
    const isBehind = args.is(2, "AFTER");
    if (!isBehind && !args.is(2, "BEFORE")) throw errors.syntax;
    const entry = call.lookupListForWrite(1);
    if (entry === 0) return reply.integer(0);
    const roomy = lists.makeRoom(db, entry, 1, args.lengths[4]);
    const position = lists.find(roomy, call.range(3));
    if (position === undefined) return reply.integer(-1);
    const grown = lists.insert(db, roomy, position, call.range(4), isBehind);
    call.keyChanged(1, "list", "linsert");
    reply.integer(lists.count(grown));
  },
});

/** LREM: removes elements by value. */
export const lrem: CommandSpec = command({
  name: "lrem",
  group: "list",
  summary:
    "Removes elements that have a value: all, or so many from the head, or with a negative count from the tail.",
  since: "1.0.0",
  complexity: "O(N) where N is the length of the list",
  arity: 4,
  flags: ["write"],
  keys: oneKey("RW delete"),
  syntax: "key count element",
  run(call) {
    const { db, reply } = call;
    const { lists } = call.server.keyspace;
    const count = call.integer(2);
    let entry = call.lookupListForWrite(1);
    if (entry === 0) return reply.integer(0);
    const total = lists.count(entry);
    const limit = count === 0 ? Infinity : Math.abs(count);
    const matches: number[] = [];
    const [first, step, towards] = count < 0
      ? [total - 1, -1, "head"] as const
      : [0, 1, "tail"] as const;
    let position = lists.at(entry, first);
    for (let i = first; position !== undefined && matches.length < limit; i += step) {
      if (isArgument(call, entry, position, 3)) matches.push(i);
      position = lists.step(entry, position, towards);
    }
    // From the last on, so that the numbers of the others stay what they are.
    for (const index of matches.sort((a, b) => b - a)) {
      if (matches.length < total) entry = lists.removeRange(db, entry, index, 1);
    }
    if (matches.length === total) db.delete(entry, true);
    if (matches.length > 0) call.keyChanged(1, "list", "lrem", db, matches.length);
    if (matches.length === total) call.keyEvent(1, "generic", "del");
    reply.integer(matches.length);
  },
});

/** LPOS: finds elements by value. */
export const lpos: CommandSpec = command({
  name: "lpos",
  group: "list",
  summary: "Finds the numbers of the elements that have a value.",
  since: "6.0.6",
  complexity: "O(N) where N is the length of the list",
  arity: -3,
  flags: ["readonly"],
  keys: oneKey("RO access"),
  syntax: "key element [RANK rank] [COUNT num-matches] [MAXLEN len]",
  run(call) {
    const { args, reply } = call;
    const { lists } = call.server.keyspace;
    let rank = 1;
    let count: number | undefined;
    let maxLength = 0;
    for (let i = 3; i < args.count; i += 2) {
      if (i + 1 === args.count) throw errors.syntax;
      if (args.is(i, "RANK")) {
        rank = call.signedCount(i + 1);
        if (rank === 0) throw errors.rankZero;
      } else if (args.is(i, "COUNT")) {
        count = call.integer(i + 1, errors.negativeCount);
        if (count < 0) throw errors.negativeCount;
      } else if (args.is(i, "MAXLEN")) {
        maxLength = call.integer(i + 1, errors.negativeMaxlen);
        if (maxLength < 0) throw errors.negativeMaxlen;
      } else throw errors.syntax;
    }
    const entry = call.lookupListForRead(1);
    if (entry === 0) return count === undefined ? reply.null() : reply.array(0);
    const total = lists.count(entry);
    const [first, step, towards] = rank < 0
      ? [total - 1, -1, "head"] as const
      : [0, 1, "tail"] as const;
    const wanted = count === undefined ? 1 : count === 0 ? Infinity : count;
    const found: number[] = [];
    let skipped = Math.abs(rank) - 1;
    let position = lists.at(entry, first);
    let left = maxLength === 0 ? Infinity : maxLength;
    for (let i = first; position !== undefined && left-- > 0 && found.length < wanted; i += step) {
      if (isArgument(call, entry, position, 2) && skipped-- <= 0) found.push(i);
      position = lists.step(entry, position, towards);
    }
    if (count !== undefined) {
      reply.array(found.length);
      for (const index of found) reply.integer(index);
    } else if (found.length === 0) reply.null();
    else reply.integer(found[0]);
  },
});
