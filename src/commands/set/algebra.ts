import type { Address } from "../../arena/memory.ts";
import { SetEncoding } from "../../keyspace/sets.ts";
import { type ByteRange, copyRange } from "../../lib/bytes.ts";
import type { Call } from "../../command/call.ts";
import { errors } from "../../command/errors.ts";
import { replaceByNothing } from "../shared/replaced_key.ts";
import { command, type CommandSpec, countedKeys, keyRange } from "../../command/spec.ts";
import { keysCountedBy } from "../../command/key_positions.ts";

const NOTHING: ByteRange = { bytes: new Uint8Array(0), start: 0, length: 0 };

/** Calls `add` with each member of a combination of sets (0 is an empty one), stopping when it returns false. Members may come twice. */
type Combination = (
  call: Call,
  entries: readonly Address[],
  add: (member: ByteRange) => boolean,
) => void;

/** The sets under the keys in arguments `first` to `last`; all are looked at, so that a wrong type is found whatever the others are. */
function lookupSets(call: Call, first: number, last: number): Address[] {
  const entries: Address[] = [];
  for (let i = first; i <= last; i++) entries.push(call.lookupSetForRead(i));
  return entries;
}

/**
 * Visits members until `visit` returns false. The range is good for looking up other members while it runs; it may lie in the arena.
 */
function eachMember(call: Call, entry: Address, visit: (member: ByteRange) => boolean): boolean {
  const { entries, sets } = call.server.keyspace;
  // A lookup in a listpack overwrites what was read from another.
  const isListpack = entries.encoding(entry) === SetEncoding.Listpack;
  let goesOn = true;
  sets.forEach(entry, (handle) => {
    if (!goesOn) return;
    const member = sets.member(entry, handle);
    goesOn = visit(isListpack ? copyRange(member) : member);
  });
  return goesOn;
}

const intersection: Combination = (call, entries, add) => {
  const { sets } = call.server.keyspace;
  if (entries.includes(0)) return;
  const [smallest, ...others] = [...entries].sort((a, b) => sets.count(a) - sets.count(b));
  eachMember(call, smallest, (member) => {
    const isCommon = others.every((other) => sets.find(other, member) !== 0);
    return !isCommon || add(member);
  });
};

const union: Combination = (call, entries, add) => {
  for (const entry of entries) if (entry !== 0 && !eachMember(call, entry, add)) return;
};

const difference: Combination = (call, entries, add) => {
  const { sets } = call.server.keyspace;
  const [first, ...others] = entries;
  if (first === 0) return;
  eachMember(call, first, (member) => {
    const isElsewhere = others.some((other) => other !== 0 && sets.find(other, member) !== 0);
    return isElsewhere || add(member);
  });
};

/** Combines the sets of arguments `first` to the last into a table of the arena, gives it to `use`, and frees it. */
function combine(
  call: Call,
  combination: Combination,
  first: number,
  use: (root: Address, count: number) => void,
): undefined {
  const { tables } = call.server.keyspace;
  const entries = lookupSets(call, first, call.args.count - 1);
  const root = tables.create();
  try {
    combination(call, entries, (member) => {
      tables.set(root, copyRange(member), NOTHING);
      return true;
    });
    use(root, tables.count(root));
  } finally {
    tables.destroyAll(root);
  }
}

function readingCommand(
  name: string,
  summary: string,
  complexity: string,
  combination: Combination,
): CommandSpec {
  return command({
    name,
    group: "set",
    summary,
    since: "1.0.0",
    complexity,
    arity: -2,
    flags: ["readonly"],
    keys: [keyRange("RO access", 1, -1, 1)],
    tips: ["nondeterministic_output_order"],
    syntax: "key [key ...]",
    run(call) {
      const { tables } = call.server.keyspace;
      return combine(call, combination, 1, (root, count) => {
        call.reply.set(count);
        tables.forEach(root, (element) => call.replyRange(tables.field(element)));
      });
    },
  });
}

function storingCommand(
  name: string,
  summary: string,
  complexity: string,
  combination: Combination,
): CommandSpec {
  return command({
    name,
    group: "set",
    summary,
    since: "1.0.0",
    complexity,
    arity: -3,
    flags: ["write", "denyoom"],
    // SINTERSTORE alone is declared to read its destination.
    keys: [
      keyRange(name === "sinterstore" ? "RW update" : "OW update", 1, 0, 1),
      keyRange("RO access", 2, -1, 1),
    ],
    syntax: "destination key [key ...]",
    run(call) {
      return combine(call, combination, 2, (root, count) => store(call, name, root, count));
    },
  });
}

/** Stores the members of a table as a set under the key in argument 1, and replies with their number. */
function store(call: Call, event: string, root: Address, count: number): undefined {
  const { db, reply } = call;
  const { sets, tables } = call.server.keyspace;
  if (count === 0) return replaceByNothing(call, 1);
  let entry: Address = 0;
  tables.forEach(root, (element) => {
    const member = copyRange(tables.field(element));
    if (entry === 0) entry = sets.create(db, call.key(1), member);
    entry = sets.add(db, entry, member);
  });
  call.keyChanged(1, "set", event);
  reply.integer(count);
}

const INTER_COST = "O(N*M) where N is the size of the smallest set and M the number of sets";
const ALL_COST = "O(N) where N is the number of members of all sets";

/** SINTER: the members that all sets have. */
export const sinter: CommandSpec = readingCommand(
  "sinter",
  "Lists the members that all of several sets have.",
  INTER_COST,
  intersection,
);
/** SINTERSTORE: stores the members that all sets have. */
export const sinterstore: CommandSpec = storingCommand(
  "sinterstore",
  "Stores the members that all of several sets have, as a set.",
  INTER_COST,
  intersection,
);
/** SUNION: the members that any set has. */
export const sunion: CommandSpec = readingCommand(
  "sunion",
  "Lists the members that any of several sets has.",
  ALL_COST,
  union,
);
/** SUNIONSTORE: stores the members that any set has. */
export const sunionstore: CommandSpec = storingCommand(
  "sunionstore",
  "Stores the members that any of several sets has, as a set.",
  ALL_COST,
  union,
);
/** SDIFF: the members that only the first set has. */
export const sdiff: CommandSpec = readingCommand(
  "sdiff",
  "Lists the members of the first of several sets that no other has.",
  ALL_COST,
  difference,
);
/** SDIFFSTORE: stores the members that only the first set has. */
export const sdiffstore: CommandSpec = storingCommand(
  "sdiffstore",
  "Stores the members of the first of several sets that no other has, as a set.",
  ALL_COST,
  difference,
);

/** SINTERCARD: counts the members that all sets have. */
export const sintercard: CommandSpec = command({
  name: "sintercard",
  group: "set",
  summary: "Counts the members that all of several sets have, up to a limit.",
  since: "7.0.0",
  complexity: INTER_COST,
  arity: -3,
  flags: ["readonly", "movablekeys"],
  keys: [countedKeys("RO access", 1)],
  syntax: "numkeys key [key ...] [LIMIT limit]",
  run(call) {
    const { args, reply } = call;
    const numkeys = keysCountedBy(args, 1);
    if (numkeys === 0) {
      throw args.integer(1) >= 1 ? errors.numkeysTooLarge : errors.numkeysNotPositive;
    }
    let limit = 0;
    for (let i = 2 + numkeys; i < args.count; i += 2) {
      if (!args.is(i, "LIMIT") || i + 1 === args.count) throw errors.syntax;
      limit = call.integer(i + 1, errors.negativeLimit);
      if (limit < 0) throw errors.negativeLimit;
    }
    let count = 0;
    intersection(call, lookupSets(call, 2, 1 + numkeys), () => ++count !== limit);
    reply.integer(count);
  },
});
