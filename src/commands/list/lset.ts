import { errors } from "../../command/errors.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";

/** LSET: replaces an element. */
export const lset: CommandSpec = command({
  name: "lset",
  group: "list",
  summary: "Replaces the element of a list that has a number.",
  since: "1.0.0",
  complexity: "O(N) where N is the number of elements passed",
  arity: 4,
  flags: ["write", "denyoom"],
  keys: oneKey("RW update"),
  syntax: "key index element",
  run(call) {
    const { lists } = call.keyspace;
    const entry = call.lookupForWrite(1, ValueType.List);
    if (entry === 0) throw errors.noSuchKey;
    if (call.args.int64(2) === undefined) throw errors.notInteger;
    // Redis 7.2 passes the index on in 32 bits.
    const index = Number(BigInt.asIntN(32, call.args.int64(2)!));
    const roomy = lists.makeRoom(call.db, entry, 1, call.args.lengths[3]);
    if (lists.at(roomy, index) === undefined) throw errors.indexOutOfRange;
    const fromHead = index < 0 ? index + lists.count(roomy) : index;
    lists.set(call.db, roomy, fromHead, call.range(3));
    call.keyChanged(1, "list", "lset");
    call.reply.ok();
  },
});
