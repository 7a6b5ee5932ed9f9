import type { Address } from "../../arena/memory.ts";
import type { Call } from "../../command/call.ts";
import { command, type CommandSpec, keyRange } from "../../command/spec.ts";
import { SetEncoding } from "../../keyspace/sets.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { ByteStrings, HeldBytes } from "../../lib/byte_strings.ts";
import type { ByteRange } from "../../lib/bytes.ts";
import { mustHaveRoomForCopies } from "../shared/room.ts";
import { storeResult } from "../shared/stored_result.ts";

/** Gets a member with the hash of its bytes; returns false to end the visits. The range may lie in the arena, and is valid during the call. */
type MemberVisitor = (member: ByteRange, hash: number) => boolean;

/** Visits each member of a combination of sets; 0 stands for an empty set. A union visits a member once for each set that has it. */
export type Combination = (call: Call, entries: readonly Address[], visit: MemberVisitor) => void;

/** The sets under the keys in arguments `first` to `last`. All are looked up, so that a wrong type is an error whatever the other sets are. */
export function lookupSets(call: Call, first: number, last: number): Address[] {
  const entries: Address[] = [];
  for (let i = first; i <= last; i++) entries.push(call.lookupForRead(i, ValueType.Set));
  return entries;
}

/** The copy of a member, so that a lookup in another listpack does not overwrite it. */
const held = new HeldBytes();

/** Visits the members of a set until `visit` returns false; returns whether it never did. */
export function eachMember(call: Call, entry: Address, visit: MemberVisitor): boolean {
  const { entries, sets } = call.keyspace;
  const isListpack = entries.encoding(entry) === SetEncoding.Listpack;
  let goesOn = true;
  sets.forEachHashed(entry, (handle, hash) => {
    if (!goesOn) return;
    const member = sets.member(entry, handle);
    goesOn = visit(isListpack ? held.hold(member) : member, hash);
  });
  return goesOn;
}

/** Visits the members of every set; a member of several sets is visited more than once. */
export function union(call: Call, entries: readonly Address[], visit: MemberVisitor): void {
  for (const entry of entries) if (entry !== 0 && !eachMember(call, entry, visit)) return;
}

/** Makes a table of the members of a combination of sets. The caller must free it. */
function gather(call: Call, combination: Combination, entries: readonly Address[]): Address {
  const { tables } = call.keyspace;
  const copy = new HeldBytes();
  const root = tables.create();
  try {
    combination(call, entries, (member, hash) => {
      const { bytes, start, length } = member;
      if (tables.find(root, hash, bytes, start, length) === 0) {
        tables.add(root, hash, copy.hold(member));
      }
      return true;
    });
  } catch (error) {
    tables.destroyAll(root);
    throw error;
  }
  return root;
}

function replyGathered(call: Call, combination: Combination): undefined {
  const { tables } = call.keyspace;
  const root = gather(call, combination, lookupSets(call, 1, call.args.count - 1));
  try {
    call.reply.set(tables.count(root));
    tables.forEach(root, (element) => call.replyRange(tables.field(element)));
  } finally {
    tables.destroyAll(root);
  }
}

/** As {@link replyGathered}, for a combination that visits no member twice, so that it needs no table. */
function replyFound(call: Call, combination: Combination): undefined {
  const members = new ByteStrings();
  combination(call, lookupSets(call, 1, call.args.count - 1), (member) => {
    members.add(member);
    return true;
  });
  call.reply.set(members.count);
  for (let i = 0; i < members.count; i++) call.replyRange(members.at(i));
}

/** One of the three operations, which has two commands. */
export interface Operation {
  /** The name of the command that replies. */
  readonly name: string;
  /** The members that it chooses, in words for the summary. */
  readonly members: string;
  readonly complexity: string;
  readonly combination: Combination;
}

/** Declares the command that replies with the result of an operation. */
export function readingCommand(
  { name, members, complexity, combination }: Operation,
): CommandSpec {
  return command({
    name,
    group: "set",
    summary: `Lists the ${members}.`,
    since: "1.0.0",
    complexity,
    arity: -2,
    flags: ["readonly"],
    keys: [keyRange("RO access", 1, -1, 1)],
    tips: ["nondeterministic_output_order"],
    syntax: "key [key ...]",
    run: (call) =>
      combination === union ? replyGathered(call, union) : replyFound(call, combination),
  });
}

/** Declares the command that stores the result of an operation. */
export function storingCommand(
  { name, members, complexity, combination }: Operation,
): CommandSpec {
  return command({
    name: `${name}store`,
    group: "set",
    summary: `Stores the ${members}, as a set.`,
    since: "1.0.0",
    complexity,
    arity: -3,
    flags: ["write", "denyoom"],
    // In Redis 7.2 only SINTERSTORE is declared to read its destination.
    keys: [
      keyRange(name === "sinter" ? "RW update" : "OW update", 1, 0, 1),
      keyRange("RO access", 2, -1, 1),
    ],
    syntax: "destination key [key ...]",
    run(call) {
      const entries = lookupSets(call, 2, call.args.count - 1);
      mustHaveRoomForCopies(call, entries);
      return store(call, `${name}store`, gather(call, combination, entries));
    },
  });
}

/** Stores a table as a set under the key in argument 1, or frees it if it is empty; replies with the number of members. */
function store(call: Call, event: string, root: Address): undefined {
  const { sets, tables } = call.keyspace;
  const count = tables.count(root);
  if (count === 0) tables.destroy(root);
  return storeResult(call, 1, {
    ...{ count, eventClass: "set", event },
    store: () => sets.adoptTable(call.db, call.key(1), root),
  });
}

/** The complexity of a command that looks at every member. */
export const ALL_COST = "O(N) where N is the number of members of all sets";
