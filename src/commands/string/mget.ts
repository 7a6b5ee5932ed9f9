import { command, type CommandSpec, keyRange } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";

/** MGET: replies with the strings of several keys. */
export const mget: CommandSpec = command({
  name: "mget",
  group: "string",
  summary: "Replies with the strings that several keys hold.",
  since: "1.0.0",
  complexity: "O(N) where N is the number of keys",
  arity: -2,
  flags: ["readonly", "fast"],
  keys: [keyRange("RO access", 1, -1, 1)],
  tips: ["request_policy:multi_shard"],
  syntax: "key [key ...]",
  run(call) {
    const { args, reply } = call;
    const { entries } = call.keyspace;
    reply.array(args.count - 1);
    for (let i = 1; i < args.count; i++) {
      const entry = call.lookupForRead(i);
      // Only MGET treats a key of another type as missing.
      const isString = entry !== 0 && entries.type(entry) === ValueType.String;
      call.replyValue(isString ? entry : 0);
    }
  },
});
