import { errors } from "../../command/errors.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import type { FieldHandle } from "../../keyspace/hashes.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { chooseDistinct, chooserOfAny, mustFitTwice } from "../shared/random_choice.ts";

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
      const entry = call.lookupForRead(1, ValueType.Hash);
      if (entry === 0) return reply.null();
      return call.replyRange(hashes.field(entry, hashes.random(entry, server.random)));
    }
    const count = call.signedCount(2);
    const withValues = args.count === 4 && args.is(3, "WITHVALUES");
    if (args.count > 4 || args.count === 4 && !withValues) throw errors.syntax;
    if (withValues || count < 0) mustFitTwice(call, 2);
    const entry = call.lookupForRead(1, ValueType.Hash);
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
