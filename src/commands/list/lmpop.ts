import type { Call } from "../../command/call.ts";
import { command, type CommandSpec, countedKeys } from "../../command/spec.ts";
import type { ListEnd } from "../../keyspace/lists.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { deadlineOfSeconds } from "../shared/block_timeout.ts";
import { parseMultiPop, popFromFirst } from "../shared/multi_pop.ts";
import { POP_NAMES } from "./end_words.ts";
import { endAt } from "./list_end.ts";
import { replyAndPop } from "./pop_elements.ts";

/** LMPOP, whose number of keys is argument `i`; BLMPOP has its timeout in `timeoutAt`. */
function popMany(call: Call, i: number, timeoutAt?: number): undefined {
  let end: ListEnd = "head";
  const { count, ...keys } = parseMultiPop(call, i, (where) => end = endAt(call, where));
  const deadlineMs = timeoutAt === undefined ? undefined : deadlineOfSeconds(call, timeoutAt);
  return popFromFirst(call, {
    ...keys,
    type: ValueType.List,
    deadlineMs,
    replies: 2,
    lookup: (key) => call.lookupForWrite(key, ValueType.List),
    pop(key, entry) {
      call.reply.array(Math.min(count, call.keyspace.lists.count(entry)));
      const popped = replyAndPop(call, key, entry, end, count);
      call.propagateAs(POP_NAMES[end], call.range(key), popped);
    },
  });
}

/** LMPOP: pops from the first list that is not empty. */
export const lmpop: CommandSpec = command({
  name: "lmpop",
  group: "list",
  summary: "Removes elements from the first of several lists that exists, and replies with them.",
  since: "7.0.0",
  complexity: "O(N+M) where N is the number of keys and M that of elements",
  arity: -4,
  flags: ["write", "movablekeys"],
  keys: [countedKeys("RW access delete", 1)],
  syntax: "numkeys key [key ...] <LEFT | RIGHT> [COUNT count]",
  run: (call) => popMany(call, 1),
});

/** BLMPOP: LMPOP that waits for an element. */
export const blmpop: CommandSpec = command({
  name: "blmpop",
  group: "list",
  summary:
    "Removes elements from the first of several lists that exists, and replies with them; waits for one if there is none.",
  since: "7.0.0",
  complexity: "O(N+M) where N is the number of keys and M that of elements",
  arity: -5,
  flags: ["write", "blocking", "movablekeys"],
  keys: [countedKeys("RW access delete", 2)],
  syntax: "timeout numkeys key [key ...] <LEFT | RIGHT> [COUNT count]",
  run: (call) => popMany(call, 2, 1),
});
