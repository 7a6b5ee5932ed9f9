import { errors } from "../../command/errors.ts";
import { keysCountedBy } from "../../command/key_positions.ts";
import { command, type CommandSpec, countedKeys } from "../../command/spec.ts";
import {
  type Combination,
  eachMember,
  lookupSets,
  type Operation,
  readingCommand,
  storingCommand,
} from "./algebra.ts";

const intersection: Combination = (call, entries, visit) => {
  const { sets } = call.keyspace;
  if (entries.includes(0)) return;
  const [smallest, ...others] = [...entries].sort((a, b) => sets.count(a) - sets.count(b));
  eachMember(call, smallest, (member, hash) => {
    for (const other of others) if (sets.find(other, member, hash) === 0) return true;
    return visit(member, hash);
  });
};

const INTER_COST = "O(N*M) where N is the size of the smallest set and M the number of sets";

const intersectionOperation: Operation = {
  name: "sinter",
  members: "members that all of several sets have",
  complexity: INTER_COST,
  combination: intersection,
};

/** SINTER: the members that all sets have. */
export const sinter: CommandSpec = readingCommand(intersectionOperation);

/** SINTERSTORE: stores the members that all sets have. */
export const sinterstore: CommandSpec = storingCommand(intersectionOperation);

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
