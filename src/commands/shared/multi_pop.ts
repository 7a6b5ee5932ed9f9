/**
 * Popping from the first of several keys that exists: LMPOP, ZMPOP, BLPOP, BZPOPMIN and their families.
 *
 * @module
 */
import type { Address } from "../../arena/memory.ts";
import type { Call } from "../../command/call.ts";
import type { CommandGroup } from "../../command/command_groups.ts";
import { errors } from "../../command/errors.ts";
import { keysCountedBy } from "../../command/key_positions.ts";
import { command, type CommandSpec, countedKeys, keyRange } from "../../command/spec.ts";
import type { ValueType } from "../../keyspace/value_type.ts";
import { deadlineOfSeconds } from "./block_timeout.ts";

/** An end of a value, where elements are popped. */
export interface PopEnd {
  /** The word that LMPOP or ZMPOP has for it. */
  readonly word: string;
  /** The command that pops there, as which a pop from several keys is propagated. */
  readonly command: string;
  /** Replies with the element at the end, and removes it from the value under the key in argument `i`. */
  popOne(call: Call, i: number, entry: Address): void;
  /** As {@link popOne}, for up to `count` elements in an array; returns how many there were. */
  popMany(call: Call, i: number, entry: Address, count: number): number;
}

/** A type of values that are popped from. */
export interface PoppedType {
  readonly type: ValueType;
  /** Number of replies for one popped element. */
  readonly repliesEach: number;
  readonly ends: Readonly<Record<string, PopEnd>>;
}

/** The common part of the specs of commands that wait for one element of the first of several keys. */
export const waitingForFirst = {
  arity: -3,
  keys: [keyRange("RW access delete", 1, -2, 1)],
  syntax: "key [key ...] timeout",
} as const;

/** The body of such a command. */
export function popOneOrWait(call: Call, popped: PoppedType, end: PopEnd): undefined {
  const last = call.args.count - 1;
  return popFromFirst(call, {
    firstKey: 1,
    lastKey: last - 1,
    type: popped.type,
    deadlineMs: deadlineOfSeconds(call, last),
    replies: 1 + popped.repliesEach,
    pop(key, entry) {
      end.popOne(call, key, entry);
      call.propagateAs(end.command, call.range(key));
    },
  });
}

/** The parts in which LMPOP and ZMPOP differ. */
export interface MultiPopCommand {
  readonly name: string;
  readonly group: CommandGroup;
  /** The summary, without a full stop. */
  readonly summary: string;
  readonly complexity: string;
  readonly popped: PoppedType;
}

/** Declares LMPOP or ZMPOP, or BLMPOP or BZMPOP, which have a timeout before the number of keys. */
export function multiPopCommand(
  { name, group, summary, complexity, popped }: MultiPopCommand,
  waits: boolean,
): CommandSpec {
  const numkeysAt = waits ? 2 : 1;
  const words = Object.values(popped.ends).map(({ word }) => word).join(" | ");
  return command({
    name: waits ? `b${name}` : name,
    group,
    summary: waits ? `${summary}; waits for one if there is none.` : `${summary}.`,
    since: "7.0.0",
    complexity,
    arity: -3 - numkeysAt,
    flags: waits ? ["write", "blocking", "movablekeys"] : ["write", "movablekeys"],
    keys: [countedKeys("RW access delete", numkeysAt)],
    syntax: `${waits ? "timeout " : ""}numkeys key [key ...] <${words}> [COUNT count]`,
    run(call) {
      const { end, count, ...keys } = parseMultiPop(call, popped, numkeysAt);
      return popFromFirst(call, {
        ...keys,
        type: popped.type,
        deadlineMs: waits ? deadlineOfSeconds(call, 1) : undefined,
        replies: 2,
        pop(key, entry) {
          const number = end.popMany(call, key, entry, count);
          call.propagateAs(end.command, call.range(key), number);
        },
      });
    },
  });
}

/** The arguments `numkeys key [key ...] <where> [COUNT count]`. */
interface MultiPop {
  /** Index of the first key. */
  readonly firstKey: number;
  /** Index of the last key. */
  readonly lastKey: number;
  /** The end to pop from. */
  readonly end: PopEnd;
  /** Most elements to pop. */
  readonly count: number;
}

/** Reads the arguments of LMPOP or ZMPOP from the number of keys, argument `i`, on. */
function parseMultiPop(call: Call, { ends }: PoppedType, i: number): MultiPop {
  const { args } = call;
  const numkeys = keysCountedBy(args, i);
  if (numkeys === 0) throw args.integer(i) >= 1 ? errors.syntax : errors.numkeysNotPositive;
  const where = i + numkeys + 1;
  if (where >= args.count) throw errors.syntax;
  const end = Object.values(ends).find(({ word }) => args.is(where, word));
  if (end === undefined) throw errors.syntax;
  let count: number | undefined;
  for (let at = where + 1; at < args.count; at += 2) {
    if (count !== undefined || !args.is(at, "COUNT") || at + 1 === args.count) throw errors.syntax;
    count = call.integer(at + 1, errors.countNotPositive);
    if (count < 1) throw errors.countNotPositive;
  }
  return { firstKey: i + 1, lastKey: i + numkeys, end, count: count ?? 1 };
}

/** How to pop from the first of several keys that exists. */
interface FirstPop {
  /** Arguments with the first and the last key. */
  readonly firstKey: number;
  readonly lastKey: number;
  readonly type: ValueType;
  /** When the wait ends, in milliseconds since 1970; undefined if the command does not wait. */
  readonly deadlineMs: number | undefined;
  /** Length of the reply array: the key and the replies of `pop`. */
  readonly replies: number;
  /** Pops from the entry of the key in an argument, and replies. */
  readonly pop: (i: number, entry: Address) => void;
}

/** Pops from the first key that exists, and replies with the key and what was popped. If there is none, it waits or replies null. */
function popFromFirst(call: Call, request: FirstPop): undefined {
  const { args, reply } = call;
  const { firstKey, lastKey, type, deadlineMs, replies, pop } = request;
  for (let key = firstKey; key <= lastKey; key++) {
    const entry = call.lookupForWrite(key, type);
    if (entry === 0) continue;
    reply.array(replies);
    reply.bulk(args.bytes, args.starts[key], args.lengths[key]);
    return void pop(key, entry);
  }
  if (deadlineMs === undefined || !call.mayBlock) return reply.nullArray();
  return call.waitForKeys(firstKey, lastKey, type, deadlineMs);
}
