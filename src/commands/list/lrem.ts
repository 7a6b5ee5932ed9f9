import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { deleteEmptied } from "../shared/emptied_key.ts";
import { isArgument } from "./same_element.ts";

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
    const { lists } = call.keyspace;
    const count = call.integer(2);
    let entry = call.lookupForWrite(1, ValueType.List);
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
    // Removes the last match first, so that the numbers of the others do not change.
    for (const index of matches.sort((a, b) => b - a)) {
      if (matches.length < total) entry = lists.removeRange(db, entry, index, 1);
    }
    if (matches.length > 0) call.keyChanged(1, "list", "lrem", matches.length);
    if (matches.length === total) deleteEmptied(call, 1, entry, true);
    reply.integer(matches.length);
  },
});
