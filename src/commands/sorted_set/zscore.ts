/** ZSCORE and its family: ZMSCORE. @module */
import type { Call } from "../../command/call.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";

function replyScore(call: Call, entry: number, i: number): undefined {
  const { sortedSets } = call.keyspace;
  const handle = entry === 0 ? 0 : sortedSets.find(entry, call.range(i));
  if (handle === 0) call.reply.null();
  else call.reply.double(sortedSets.score(entry, handle));
}

/** ZSCORE: the score of a member. */
export const zscore: CommandSpec = command({
  name: "zscore",
  group: "sorted-set",
  summary: "Replies with the score of a member.",
  since: "1.2.0",
  complexity: "O(1)",
  arity: 3,
  flags: ["readonly", "fast"],
  keys: oneKey("RO access"),
  syntax: "key member",
  run: (call) => replyScore(call, call.lookupForRead(1, ValueType.SortedSet), 2),
});

/** ZMSCORE: the scores of several members. */
export const zmscore: CommandSpec = command({
  name: "zmscore",
  group: "sorted-set",
  summary: "Replies with the scores of several members.",
  since: "6.2.0",
  complexity: "O(N) where N is the number of members given",
  arity: -3,
  flags: ["readonly", "fast"],
  keys: oneKey("RO access"),
  syntax: "key member [member ...]",
  run(call) {
    const entry = call.lookupForRead(1, ValueType.SortedSet);
    call.reply.array(call.args.count - 2);
    for (let i = 2; i < call.args.count; i++) replyScore(call, entry, i);
  },
});
