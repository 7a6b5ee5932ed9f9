import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { parseCursor, parseScan, replyNothingToScan, replyScan } from "../shared/scan_elements.ts";

/** HSCAN: the fields, a few at a time. */
export const hscan: CommandSpec = command({
  name: "hscan",
  group: "hash",
  summary: "Walks the fields of a hash a few at a time.",
  differs: "takes NOVALUES, as 7.4 does",
  since: "2.8.0",
  complexity: "O(1) for each call, O(N) for the whole walk",
  arity: -3,
  flags: ["readonly"],
  keys: oneKey("RO access"),
  tips: ["nondeterministic_output"],
  syntax: "key cursor [MATCH pattern] [COUNT count] [NOVALUES]",
  run(call) {
    const { hashes } = call.server.keyspace;
    // Redis reads the cursor, then finds the key, then reads the options.
    parseCursor(call, 2);
    const entry = call.lookupHashForRead(1);
    if (entry === 0) return replyNothingToScan(call);
    let withValues = true;
    const options = parseScan(call, 2, (i) => {
      if (!call.args.is(i, "NOVALUES")) return 0;
      withValues = false;
      return 1;
    });
    replyScan(
      call,
      options,
      {
        repliesEach: withValues ? 2 : 1,
        scan: (cursor, count, visit) => hashes.scan(entry, cursor, count, visit),
        name: (handle) => hashes.field(entry, handle),
        reply(handle) {
          call.replyRange(hashes.field(entry, handle));
          if (withValues) call.replyRange(hashes.value(entry, handle));
        },
      },
    );
  },
});
