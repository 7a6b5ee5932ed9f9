import type { CommandSpec } from "../../command/spec.ts";
import {
  bySize,
  type Combination,
  type Operation,
  readingCommand,
  storingCommand,
} from "./combine.ts";

const union: Combination = (sources, _merge, add) => {
  for (const source of sources.sort(bySize)) source.forEach(add);
};

const unionOperation: Operation = {
  name: "zunion",
  verb: "members of any",
  complexity: "O(N)+O(M*log(M)) where N is the size of all sets and M that of the result",
  combination: union,
  weights: true,
  storeSince: "2.0.0",
};

/** ZUNION: the members of any set. */
export const zunion: CommandSpec = readingCommand(unionOperation);

/** ZUNIONSTORE: ZUNION into a key. */
export const zunionstore: CommandSpec = storingCommand(unionOperation);
