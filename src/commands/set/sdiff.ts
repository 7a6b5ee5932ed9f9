import type { CommandSpec } from "../../command/spec.ts";
import {
  ALL_COST,
  type Combination,
  eachMember,
  type Operation,
  readingCommand,
  storingCommand,
} from "./algebra.ts";

const difference: Combination = (call, entries, visit) => {
  const { sets } = call.keyspace;
  const first = entries[0];
  const others = entries.slice(1).filter((other) => other !== 0);
  if (first === 0) return;
  eachMember(call, first, (member, hash) => {
    for (const other of others) if (sets.find(other, member, hash) !== 0) return true;
    return visit(member, hash);
  });
};

const differenceOperation: Operation = {
  name: "sdiff",
  members: "members of the first of several sets that no other has",
  complexity: ALL_COST,
  combination: difference,
};

/** SDIFF: the members that only the first set has. */
export const sdiff: CommandSpec = readingCommand(differenceOperation);

/** SDIFFSTORE: stores the members that only the first set has. */
export const sdiffstore: CommandSpec = storingCommand(differenceOperation);
