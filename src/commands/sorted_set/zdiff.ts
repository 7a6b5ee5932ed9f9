import type { CommandSpec } from "../../command/spec.ts";
import { type Combination, type Operation, readingCommand, storingCommand } from "./combine.ts";

const difference: Combination = ([first, ...others], _merge, add) => {
  first.forEach((member, hash, score) => {
    for (const other of others) if (other.score(member, hash) !== undefined) return true;
    return add(member, hash, score);
  });
};

const differenceOperation: Operation = {
  name: "zdiff",
  verb: "members of only the first",
  complexity: "O(L+M*log(M)) where L is the size of all sets and M that of the result",
  combination: difference,
  weights: false,
  storeSince: "6.2.0",
};

/** ZDIFF: the members that only the first set has. */
export const zdiff: CommandSpec = readingCommand(differenceOperation);

/** ZDIFFSTORE: ZDIFF into a key. */
export const zdiffstore: CommandSpec = storingCommand(differenceOperation);
