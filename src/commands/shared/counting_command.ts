/**
 * Commands that count the elements of a value, such as LLEN and SCARD.
 *
 * @module
 */
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import type { ValueType } from "../../keyspace/value_type.ts";

/** Declares a command that replies with the number of elements of a value of one type; 0 if there is no such key. */
export function countingCommand(
  type: ValueType,
  about: Pick<CommandSpec, "name" | "group" | "summary" | "since">,
): CommandSpec {
  return command({
    ...about,
    complexity: "O(1)",
    arity: 2,
    flags: ["readonly", "fast"],
    keys: oneKey("RO"),
    syntax: "key",
    run(call) {
      const entry = call.lookupForRead(1, type);
      call.reply.integer(entry === 0 ? 0 : call.keyspace.types[type].count(entry));
    },
  });
}
