import type { Address } from "../../arena/memory.ts";
import type { ListEnd } from "../../keyspace/lists.ts";
import type { Call } from "../../command/call.ts";
import { errors } from "../../command/errors.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";

/** What happened, in the words of keyspace notifications. */
const EVENTS = {
  head: { push: "lpush", pop: "lpop" },
  tail: { push: "rpush", pop: "rpop" },
} as const;

const letter = (end: ListEnd) => end === "head" ? "l" : "r";

function pushCommand(end: ListEnd, needsList: boolean): CommandSpec {
  const name = `${letter(end)}push${needsList ? "x" : ""}`;
  return command({
    name,
    group: "list",
    summary: `Adds elements at the ${end} of a list${needsList ? ", only if there is one" : ""}.`,
    since: needsList ? "2.2.0" : "1.0.0",
    complexity: "O(1) for each element",
    arity: -3,
    flags: ["write", "denyoom", "fast"],
    keys: oneKey("RW insert"),
    syntax: "key element [element ...]",
    run(call) {
      const { args, db, reply } = call;
      const { lists } = call.server.keyspace;
      let entry = call.lookupListForWrite(1);
      if (entry === 0 && needsList) return reply.integer(0);
      if (entry === 0) entry = lists.create(db, call.key(1));
      let bytes = 0;
      for (let i = 2; i < args.count; i++) bytes += args.lengths[i];
      entry = lists.makeRoom(db, entry, args.count - 2, bytes);
      for (let i = 2; i < args.count; i++) entry = lists.push(db, entry, call.range(i), end);
      call.keyChanged(1, "list", EVENTS[end].push, db, args.count - 2);
      reply.integer(lists.count(entry));
    },
  });
}

/** LPUSH: adds at the head. */
export const lpush: CommandSpec = pushCommand("head", false);
/** RPUSH: adds at the tail. */
export const rpush: CommandSpec = pushCommand("tail", false);
/** LPUSHX: adds at the head of a list that exists. */
export const lpushx: CommandSpec = pushCommand("head", true);
/** RPUSHX: adds at the tail of a list that exists. */
export const rpushx: CommandSpec = pushCommand("tail", true);

/**
 * Replies with up to `count` elements from an end, in order from there, and removes them from the list under the key in argument `i`. Returns
 * how many.
 */
export function replyAndPop(
  call: Call,
  i: number,
  entry: Address,
  end: ListEnd,
  count: number,
): number {
  const { db } = call;
  const { lists } = call.server.keyspace;
  const total = lists.count(entry);
  const popped = Math.min(count, total);
  if (popped === 1) call.replyRange(lists.peek(entry, end));
  else {
    const [first, towards] = end === "head" ? [0, "tail"] as const : [-1, "head"] as const;
    lists.walk(entry, first, popped, towards, (value) => call.replyRange(value));
  }
  if (popped === total) db.delete(entry);
  else if (popped === 1) lists.removeEnd(db, entry, end);
  else lists.removeRange(db, entry, end === "head" ? 0 : total - popped, popped);
  call.keyChanged(i, "list", EVENTS[end].pop, db, popped);
  if (popped === total) call.keyEvent(i, "generic", "del");
  return popped;
}

function popCommand(end: ListEnd): CommandSpec {
  return command({
    name: `${letter(end)}pop`,
    group: "list",
    summary: `Removes elements from the ${end} of a list, and replies with them.`,
    since: "1.0.0",
    complexity: "O(N) where N is the number of elements",
    arity: -2,
    flags: ["write", "fast"],
    keys: oneKey("RW access delete"),
    syntax: "key [count]",
    run(call) {
      const { args, reply } = call;
      if (args.count > 3) throw call.wrongArity();
      const hasCount = args.count === 3;
      const count = hasCount ? call.integer(2, errors.notPositive) : 1;
      if (count < 0) throw errors.notPositive;
      const entry = call.lookupListForWrite(1);
      if (entry === 0) return hasCount ? reply.nullArray() : reply.null();
      if (hasCount && count === 0) return reply.array(0);
      if (hasCount) reply.array(Math.min(count, call.server.keyspace.lists.count(entry)));
      replyAndPop(call, 1, entry, end, count);
    },
  });
}

/** LPOP: removes from the head. */
export const lpop: CommandSpec = popCommand("head");
/** RPOP: removes from the tail. */
export const rpop: CommandSpec = popCommand("tail");
