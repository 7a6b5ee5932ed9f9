import { errors } from "../../command/errors.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { isArgument } from "./same_element.ts";

/** LPOS: finds elements by value. */
export const lpos: CommandSpec = command({
  name: "lpos",
  group: "list",
  summary: "Finds the numbers of the elements that have a value.",
  since: "6.0.6",
  complexity: "O(N) where N is the length of the list",
  arity: -3,
  flags: ["readonly"],
  keys: oneKey("RO access"),
  syntax: "key element [RANK rank] [COUNT num-matches] [MAXLEN len]",
  run(call) {
    const { args, reply } = call;
    const { lists } = call.keyspace;
    let rank = 1;
    let count: number | undefined;
    let maxLength = 0;
    for (let i = 3; i < args.count; i += 2) {
      if (i + 1 === args.count) throw errors.syntax;
      if (args.is(i, "RANK")) {
        rank = call.signedCount(i + 1);
        if (rank === 0) throw errors.rankZero;
      } else if (args.is(i, "COUNT")) {
        count = call.integer(i + 1, errors.negativeCount);
        if (count < 0) throw errors.negativeCount;
      } else if (args.is(i, "MAXLEN")) {
        maxLength = call.integer(i + 1, errors.negativeMaxlen);
        if (maxLength < 0) throw errors.negativeMaxlen;
      } else throw errors.syntax;
    }
    const entry = call.lookupForRead(1, ValueType.List);
    if (entry === 0) return count === undefined ? reply.null() : reply.array(0);
    const total = lists.count(entry);
    const [first, step, towards] = rank < 0
      ? [total - 1, -1, "head"] as const
      : [0, 1, "tail"] as const;
    const wanted = count === undefined ? 1 : count === 0 ? Infinity : count;
    const found: number[] = [];
    let skipped = Math.abs(rank) - 1;
    let position = lists.at(entry, first);
    let left = maxLength === 0 ? Infinity : maxLength;
    for (let i = first; position !== undefined && left-- > 0 && found.length < wanted; i += step) {
      if (isArgument(call, entry, position, 2) && skipped-- <= 0) found.push(i);
      position = lists.step(entry, position, towards);
    }
    if (count !== undefined) {
      reply.array(found.length);
      for (const index of found) reply.integer(index);
    } else if (found.length === 0) reply.null();
    else reply.integer(found[0]);
  },
});
