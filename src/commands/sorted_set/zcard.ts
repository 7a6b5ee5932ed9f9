import type { CommandSpec } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { countingCommand } from "../shared/counting_command.ts";

/** ZCARD: the number of members. */
export const zcard: CommandSpec = countingCommand(ValueType.SortedSet, {
  name: "zcard",
  group: "sorted-set",
  summary: "Counts the members of a sorted set.",
  since: "1.2.0",
});
