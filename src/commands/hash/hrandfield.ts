import type { Address } from "../../arena/memory.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import type { FieldHandle } from "../../keyspace/hashes.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { replyAtRandom } from "../shared/random_choice.ts";

/** HRANDFIELD: replies with random fields. */
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
    const { hashes } = call.keyspace;
    const choiceOf = (entry: Address) => ({
      total: hashes.count(entry),
      random: () => hashes.random(entry, call.server.random),
      forEach: (visit: (handle: FieldHandle) => void) => hashes.forEach(entry, visit),
      reply: (handle: FieldHandle) => call.replyRange(hashes.field(entry, handle)),
      replyValue: (handle: FieldHandle) => call.replyRange(hashes.value(entry, handle)),
    });
    return replyAtRandom(call, ValueType.Hash, choiceOf, "WITHVALUES");
  },
});
