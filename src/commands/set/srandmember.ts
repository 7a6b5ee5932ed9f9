import { errors } from "../../command/errors.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { replyAtRandom } from "../shared/random_choice.ts";
import { memberChoice } from "./member_choice.ts";

/** SRANDMEMBER: replies with random members. */
export const srandmember: CommandSpec = command({
  name: "srandmember",
  group: "set",
  summary:
    "Replies with members of a set chosen at random: different ones, or with a negative count any.",
  since: "1.0.0",
  history: [
    { since: "2.6.0", change: "May say how many members to choose.", arityBefore: 2 },
  ],
  complexity: "O(N) where N is the number of members replied",
  arity: -2,
  flags: ["readonly"],
  keys: oneKey("RO access"),
  tips: ["nondeterministic_output"],
  syntax: "key [count]",
  run(call) {
    const { sets } = call.keyspace;
    if (call.args.count > 3) throw errors.syntax;
    return replyAtRandom(call, ValueType.Set, (entry) => ({
      ...memberChoice(call, entry),
      reply: (handle) => call.replyRange(sets.member(entry, handle)),
    }));
  },
});
