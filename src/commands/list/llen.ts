import type { CommandSpec } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { countingCommand } from "../shared/counting_command.ts";

/** LLEN: the number of elements. */
export const llen: CommandSpec = countingCommand(ValueType.List, {
  name: "llen",
  group: "list",
  summary: "Counts the elements of a list.",
  since: "1.0.0",
});
