import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { formatDigits, formatDouble } from "../../lib/double.ts";
import { parseCursor, parseScan, replyNothingToScan, replyScan } from "../shared/scan_elements.ts";

/** ZSCAN: the members with their scores, a few at a time. */
export const zscan: CommandSpec = command({
  name: "zscan",
  group: "sorted-set",
  summary: "Walks the members of a sorted set with their scores, a few at a time.",
  since: "2.8.0",
  complexity: "O(1) for each call, O(N) for the whole walk",
  arity: -3,
  flags: ["readonly"],
  keys: oneKey("RO access"),
  tips: ["nondeterministic_output"],
  syntax: "key cursor [MATCH pattern] [COUNT count]",
  run(call) {
    const { sortedSets } = call.server.keyspace;
    parseCursor(call, 2);
    const entry = call.lookupSortedSetForRead(1);
    if (entry === 0) return replyNothingToScan(call);
    const options = parseScan(call, 2);
    const isListpack = sortedSets.isListpack(entry);
    replyScan(
      call,
      options,
      {
        repliesEach: 2,
        scan: (cursor, count, visit) => sortedSets.scan(entry, cursor, count, visit),
        name: (handle) => sortedSets.member(entry, handle),
        reply(handle) {
          call.replyRange(sortedSets.member(entry, handle));
          // Scores are bulk strings here, in RESP3 too; with all digits where Redis has them as numbers.
          const score = sortedSets.score(entry, handle);
          call.reply.bulkText(isListpack ? formatDouble(score) : formatDigits(score));
        },
      },
    );
  },
});
