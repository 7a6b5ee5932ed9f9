import type { FieldHandle } from "../../keyspace/hashes.ts";
import { errors } from "../../command/errors.ts";
import { chooseDistinct, chooserOfAny, mustFitTwice } from "../shared/random_choice.ts";
import { parseCursor, parseScan, replyNothingToScan, replyScan } from "../shared/scan.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";

/** HRANDFIELD: fields chosen by chance. */
export const hrandfield: CommandSpec = command({
  name: "hrandfield",
  group: "hash",
  summary:
    "Replies with fields of a hash chosen at random: different ones, or with a negative count any.",
  since: "6.2.0",
  complexity: "O(N) where N is the number of fields replied",
  arity: -2,
  flags: ["readonly"],
  keys: oneKey("RO access"),
  tips: ["nondeterministic_output"],
  syntax: "key [count [WITHVALUES]]",
  run(call) {
    const { args, reply, server } = call;
    const { hashes } = server.keyspace;
    if (args.count === 2) {
      const entry = call.lookupHashForRead(1);
      if (entry === 0) return reply.null();
      return call.replyRange(hashes.field(entry, hashes.random(entry, server.random)));
    }
    const count = call.signedCount(2);
    const withValues = args.count === 4 && args.is(3, "WITHVALUES");
    if (args.count > 4 || args.count === 4 && !withValues) throw errors.syntax;
    if (withValues || count < 0) mustFitTwice(call, 2);
    const entry = call.lookupHashForRead(1);
    if (entry === 0 || count === 0) return reply.array(0);
    const { random } = server;
    const fields = {
      total: hashes.count(entry),
      random: () => hashes.random(entry, random),
      forEach: (visit: (handle: FieldHandle) => void) => hashes.forEach(entry, visit),
    };
    const chosen = count > 0 ? chooseDistinct(fields, count, random) : [];
    const any = chooserOfAny(fields, -count, random);
    const length = count > 0 ? chosen.length : -count;
    const inPairs = withValues && reply.resp === 3;
    reply.array(withValues && !inPairs ? length * 2 : length);
    for (let i = 0; i < length; i++) {
      const handle = count > 0 ? chosen[i] : any();
      if (inPairs) reply.array(2);
      call.replyRange(hashes.field(entry, handle));
      if (withValues) call.replyRange(hashes.value(entry, handle));
    }
  },
});

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
