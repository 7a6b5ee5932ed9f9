import type { CommandSpec } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { countingCommand } from "../shared/counting_command.ts";

/** HLEN: the number of fields. */
export const hlen: CommandSpec = countingCommand(ValueType.Hash, {
  name: "hlen",
  group: "hash",
  summary: "Counts the fields of a hash.",
  since: "2.0.0",
});
