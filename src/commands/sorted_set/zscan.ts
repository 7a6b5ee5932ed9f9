import { command, type CommandSpec } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { formatDigits, formatDouble } from "../../lib/double.ts";
import { scanningOneValue, scanValue } from "../shared/scan_elements.ts";

/** ZSCAN: walks the members with their scores, a few at a time. */
export const zscan: CommandSpec = command({
  ...scanningOneValue,
  name: "zscan",
  group: "sorted-set",
  summary: "Walks the members of a sorted set with their scores, a few at a time.",
  syntax: "key cursor [MATCH pattern] [COUNT count]",
  run(call) {
    const { sortedSets } = call.keyspace;
    return scanValue(call, ValueType.SortedSet, (entry) => ({
      repliesEach: 2,
      scan: (cursor, count, visit) => sortedSets.scan(entry, cursor, count, visit),
      name: (handle) => sortedSets.member(entry, handle),
      reply(handle) {
        call.replyRange(sortedSets.member(entry, handle));
        // Redis 7.2 replies with bulk strings here, in RESP3 too, and with all digits where the set is no listpack.
        const score = sortedSets.score(entry, handle);
        call.reply.bulkText(
          sortedSets.isListpack(entry) ? formatDouble(score) : formatDigits(score),
        );
      },
    }));
  },
});
