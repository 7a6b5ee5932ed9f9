/** HGET and its family: HMGET. @module */
import type { Address } from "../../arena/memory.ts";
import type { Call } from "../../command/call.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";

/** Replies with the value of the field in argument `i`, or null. */
function replyField(call: Call, entry: Address, i: number): undefined {
  const { hashes } = call.keyspace;
  const handle = entry === 0 ? 0 : hashes.find(entry, call.range(i));
  if (handle === 0) call.reply.null();
  else call.replyRange(hashes.value(entry, handle));
}

/** HGET: the value of a field. */
export const hget: CommandSpec = command({
  name: "hget",
  group: "hash",
  summary: "Replies with the value of a field of a hash.",
  since: "2.0.0",
  complexity: "O(1)",
  arity: 3,
  flags: ["readonly", "fast"],
  keys: oneKey("RO access"),
  syntax: "key field",
  run: (call) => replyField(call, call.lookupForRead(1, ValueType.Hash), 2),
});

/** HMGET: the values of several fields. */
export const hmget: CommandSpec = command({
  name: "hmget",
  group: "hash",
  summary: "Replies with the values of several fields of a hash.",
  since: "2.0.0",
  complexity: "O(N) where N is the number of fields",
  arity: -3,
  flags: ["readonly", "fast"],
  keys: oneKey("RO access"),
  syntax: "key field [field ...]",
  run(call) {
    const entry = call.lookupForRead(1, ValueType.Hash);
    call.reply.array(call.args.count - 2);
    for (let i = 2; i < call.args.count; i++) replyField(call, entry, i);
  },
});
