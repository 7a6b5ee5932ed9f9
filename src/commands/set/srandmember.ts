import { errors } from "../../command/errors.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { chooseDistinct, chooserOfAny } from "../shared/random_choice.ts";
import { memberChoice } from "./member_choice.ts";

/** SRANDMEMBER: members chosen by chance. */
export const srandmember: CommandSpec = command({
  name: "srandmember",
  group: "set",
  summary:
    "Replies with members of a set chosen at random: different ones, or with a negative count any.",
  since: "1.0.0",
  complexity: "O(N) where N is the number of members replied",
  arity: -2,
  flags: ["readonly"],
  keys: oneKey("RO access"),
  tips: ["nondeterministic_output"],
  syntax: "key [count]",
  run(call) {
    const { args, reply, server } = call;
    const { sets } = server.keyspace;
    if (args.count > 3) throw errors.syntax;
    if (args.count === 2) {
      const entry = call.lookupForRead(1, ValueType.Set);
      if (entry === 0) return reply.null();
      return call.replyRange(sets.member(entry, sets.random(entry, server.random)));
    }
    const count = call.signedCount(2);
    const entry = call.lookupForRead(1, ValueType.Set);
    if (entry === 0 || count === 0) return reply.array(0);
    const from = memberChoice(call, entry);
    const chosen = count > 0 ? chooseDistinct(from, count, server.random) : [];
    const any = chooserOfAny(from, -count, server.random);
    const length = count > 0 ? chosen.length : -count;
    reply.array(length);
    for (let i = 0; i < length; i++) {
      const handle = count > 0 ? chosen[i] : any();
      call.replyRange(sets.member(entry, handle));
    }
  },
});
