import { command, type CommandSpec } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { scanningOneValue, scanValue } from "../shared/scan_elements.ts";

/** SSCAN: walks the members, a few at a time. */
export const sscan: CommandSpec = command({
  ...scanningOneValue,
  name: "sscan",
  group: "set",
  summary: "Walks the members of a set a few at a time.",
  syntax: "key cursor [MATCH pattern] [COUNT count]",
  run(call) {
    const { sets } = call.keyspace;
    return scanValue(call, ValueType.Set, (entry) => ({
      repliesEach: 1,
      scan: (cursor, count, visit) => sets.scan(entry, cursor, count, visit),
      name: (handle) => sets.member(entry, handle),
      reply: (handle) => call.replyRange(sets.member(entry, handle)),
    }));
  },
});
