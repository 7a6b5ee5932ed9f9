/** LPOP and its family: RPOP. @module */
import { errors } from "../../command/errors.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import type { ListEnd } from "../../keyspace/lists.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { letter } from "./end_words.ts";
import { replyAndPop } from "./pop_elements.ts";

function popCommand(end: ListEnd): CommandSpec {
  return command({
    name: `${letter(end)}pop`,
    group: "list",
    summary: `Removes elements from the ${end} of a list, and replies with them.`,
    since: "1.0.0",
    history: [
      { since: "6.2.0", change: "May say how many elements to take.", arityBefore: 2 },
    ],
    complexity: "O(N) where N is the number of elements",
    arity: -2,
    flags: ["write", "fast"],
    keys: oneKey("RW access delete"),
    syntax: "key [count]",
    run(call) {
      const { args, reply } = call;
      if (args.count > 3) throw call.wrongArity();
      const hasCount = args.count === 3;
      const count = hasCount ? call.integer(2, errors.notPositive) : 1;
      if (count < 0) throw errors.notPositive;
      const entry = call.lookupForWrite(1, ValueType.List);
      if (entry === 0) return hasCount ? reply.nullArray() : reply.null();
      if (hasCount && count === 0) return reply.array(0);
      if (hasCount) reply.array(Math.min(count, call.keyspace.lists.count(entry)));
      replyAndPop(call, 1, entry, end, count);
    },
  });
}

/** LPOP: removes elements from the head. */
export const lpop: CommandSpec = popCommand("head");

/** RPOP: removes elements from the tail. */
export const rpop: CommandSpec = popCommand("tail");
