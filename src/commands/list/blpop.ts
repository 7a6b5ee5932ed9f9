/** BLPOP and its family: BRPOP. @module */
import { command, type CommandSpec } from "../../command/spec.ts";
import type { ListEnd } from "../../keyspace/lists.ts";
import { popOneOrWait, waitingForFirst } from "../shared/multi_pop.ts";
import { poppedList } from "./pop_elements.ts";

function waitingPop(name: string, end: ListEnd): CommandSpec {
  return command({
    ...waitingForFirst,
    name,
    group: "list",
    summary:
      `Removes the element at the ${end} of the first of several lists that exists, and replies with it; waits for one if there is none.`,
    since: "2.0.0",
    history: [
      { since: "6.0.0", change: "The timeout may have a fraction." },
    ],
    complexity: "O(N) where N is the number of keys",
    flags: ["write", "blocking"],
    run: (call) => popOneOrWait(call, poppedList, poppedList.ends[end]),
  });
}

/** BLPOP: LPOP that waits for an element. */
export const blpop: CommandSpec = waitingPop("blpop", "head");

/** BRPOP: RPOP that waits for an element. */
export const brpop: CommandSpec = waitingPop("brpop", "tail");
