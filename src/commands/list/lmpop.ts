import type { CommandSpec } from "../../command/spec.ts";
import { multiPopCommand } from "../shared/multi_pop.ts";
import { poppedList } from "./pop_elements.ts";

const about = {
  name: "lmpop",
  group: "list",
  summary: "Removes elements from the first of several lists that exists, and replies with them",
  complexity: "O(N+M) where N is the number of keys and M that of elements",
  popped: poppedList,
} as const;

/** LMPOP: pops from the first list that is not empty. */
export const lmpop: CommandSpec = multiPopCommand(about, false);

/** BLMPOP: LMPOP that waits for an element. */
export const blmpop: CommandSpec = multiPopCommand(about, true);
