import type { CommandSpec } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { countingCommand } from "../shared/counting_command.ts";

/** XLEN: the number of entries. */
export const xlen: CommandSpec = countingCommand(ValueType.Stream, {
  name: "xlen",
  group: "stream",
  summary: "Counts the entries of a stream.",
  since: "5.0.0",
});
