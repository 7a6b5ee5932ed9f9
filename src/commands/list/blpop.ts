/** BLPOP and its family: BRPOP. @module */
import { command, type CommandSpec, keyRange } from "../../command/spec.ts";
import type { ListEnd } from "../../keyspace/lists.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { deadlineOfSeconds } from "../shared/block_timeout.ts";
import { popFromFirst } from "../shared/multi_pop.ts";
import { POP_NAMES } from "./end_words.ts";
import { replyAndPop } from "./pop_elements.ts";

function blockingPop(name: string, end: ListEnd): CommandSpec {
  return command({
    name,
    group: "list",
    summary:
      `Removes the element at the ${end} of the first of several lists that exists, and replies with it; waits for one if there is none.`,
    since: "2.0.0",
    complexity: "O(N) where N is the number of keys",
    arity: -3,
    flags: ["write", "blocking"],
    keys: [keyRange("RW access delete", 1, -2, 1)],
    syntax: "key [key ...] timeout",
    run(call) {
      const last = call.args.count - 1;
      return popFromFirst(call, {
        firstKey: 1,
        lastKey: last - 1,
        type: ValueType.List,
        deadlineMs: deadlineOfSeconds(call, last),
        replies: 2,
        lookup: (key) => call.lookupForWrite(key, ValueType.List),
        pop(key, entry) {
          replyAndPop(call, key, entry, end, 1);
          call.propagateAs(POP_NAMES[end], call.range(key));
        },
      });
    },
  });
}

/** BLPOP: LPOP that waits for an element. */
export const blpop: CommandSpec = blockingPop("blpop", "head");

/** BRPOP: RPOP that waits for an element. */
export const brpop: CommandSpec = blockingPop("brpop", "tail");
