import { command, type CommandSpec } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { scanningOneValue, scanValue } from "../shared/scan_elements.ts";

/** HSCAN: walks the fields, a few at a time. */
export const hscan: CommandSpec = command({
  ...scanningOneValue,
  name: "hscan",
  group: "hash",
  summary: "Walks the fields of a hash a few at a time.",
  differs: "takes NOVALUES, as 7.4 does",
  syntax: "key cursor [MATCH pattern] [COUNT count] [NOVALUES]",
  run(call) {
    const { hashes } = call.keyspace;
    let withValues = true;
    const parseOther = (i: number) => {
      if (!call.args.is(i, "NOVALUES")) return 0;
      withValues = false;
      return 1;
    };
    return scanValue(call, ValueType.Hash, (entry) => ({
      repliesEach: withValues ? 2 : 1,
      scan: (cursor, count, visit) => hashes.scan(entry, cursor, count, visit),
      name: (handle) => hashes.field(entry, handle),
      reply(handle) {
        call.replyRange(hashes.field(entry, handle));
        if (withValues) call.replyRange(hashes.value(entry, handle));
      },
    }), parseOther);
  },
});
