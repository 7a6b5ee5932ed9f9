import type { CommandSpec } from "../../command/spec.ts";
import { multiPopCommand } from "../shared/multi_pop.ts";
import { poppedSortedSet } from "./pop_members.ts";

const about = {
  name: "zmpop",
  group: "sorted-set",
  summary:
    "Removes members with the lowest or highest scores from the first of several sorted sets that exists",
  complexity:
    "O(K)+O(M*log(N)) where K is the number of keys, M of members and N the size of the set",
  popped: poppedSortedSet,
} as const;

/** ZMPOP: pops from the first sorted set that exists. */
export const zmpop: CommandSpec = multiPopCommand(about, false);

/** BZMPOP: ZMPOP that waits for a member. */
export const bzmpop: CommandSpec = multiPopCommand(about, true);
