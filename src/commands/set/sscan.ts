import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { parseCursor, parseScan, replyNothingToScan, replyScan } from "../shared/scan_elements.ts";

/** SSCAN: the members, a few at a time. */
export const sscan: CommandSpec = command({
  name: "sscan",
  group: "set",
  summary: "Walks the members of a set a few at a time.",
  since: "2.8.0",
  complexity: "O(1) for each call, O(N) for the whole walk",
  arity: -3,
  flags: ["readonly"],
  keys: oneKey("RO access"),
  tips: ["nondeterministic_output"],
  syntax: "key cursor [MATCH pattern] [COUNT count]",
  run(call) {
    const { sets } = call.server.keyspace;
    parseCursor(call, 2);
    const entry = call.lookupSetForRead(1);
    if (entry === 0) return replyNothingToScan(call);
    const options = parseScan(call, 2);
    replyScan(
      call,
      options,
      {
        repliesEach: 1,
        scan: (cursor, count, visit) => sets.scan(entry, cursor, count, visit),
        name: (handle) => sets.member(entry, handle),
        reply: (handle) => call.replyRange(sets.member(entry, handle)),
      },
    );
  },
});
