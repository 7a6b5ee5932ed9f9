import { command, type CommandSpec, countedKeys } from "../../command/spec.ts";
import {
  bySize,
  type Combination,
  type Operation,
  parseRequest,
  readingCommand,
  storingCommand,
} from "./combine.ts";

const intersection: Combination = (sources, merge, add) => {
  const [smallest, ...others] = sources.sort(bySize);
  smallest.forEach((member, hash, first) => {
    let total = first;
    for (const other of others) {
      const score = other.score(member, hash);
      if (score === undefined) return true;
      total = merge(total, score);
    }
    return add(member, hash, total);
  });
};

const intersectionOperation: Operation = {
  name: "zinter",
  verb: "members common to all",
  complexity:
    "O(N*K)+O(M*log(M)) where N is the size of the smallest set, K the number of sets and M the size of the result",
  combination: intersection,
  weights: true,
  storeSince: "2.0.0",
};

/** ZINTER: the members of all sets. */
export const zinter: CommandSpec = readingCommand(intersectionOperation);

/** ZINTERSTORE: ZINTER into a key. */
export const zinterstore: CommandSpec = storingCommand(intersectionOperation);

/** ZINTERCARD: how many members all sets have. */
export const zintercard: CommandSpec = command({
  name: "zintercard",
  group: "sorted-set",
  summary: "Counts the members that all of several sorted sets have, up to a limit.",
  since: "7.0.0",
  complexity: "O(N*K) where N is the size of the smallest set and K the number of sets",
  arity: -3,
  flags: ["readonly", "movablekeys"],
  keys: [countedKeys("RO access", 1)],
  syntax: "numkeys key [key ...] [LIMIT limit]",
  run(call) {
    const { sources, merge, limit } = parseRequest(call, 1, { limit: true });
    // A set that is named twice has the same members both times.
    const different = [...new Map(sources.map((source) => [source.entry, source])).values()];
    let count = 0;
    intersection(different, merge, () => ++count !== limit);
    call.reply.integer(count);
  },
});
