import type { CommandSpec } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { countingCommand } from "../shared/counting_command.ts";

/** SCARD: the number of members. */
export const scard: CommandSpec = countingCommand(ValueType.Set, {
  name: "scard",
  group: "set",
  summary: "Counts the members of a set.",
  since: "1.0.0",
});
