/** HSET and its family: HMSET. @module */
import type { Address } from "../../arena/memory.ts";
import type { Call } from "../../command/call.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";

/** The hash of the key in argument 1, which is made if there is none. */
export function hashToWrite(call: Call): Address {
  const entry = call.lookupForWrite(1, ValueType.Hash);
  return entry !== 0 ? entry : call.keyspace.hashes.create(call.db, call.key(1));
}

/** Sets the fields in the arguments from 2 on; returns how many are new. */
function setFields(call: Call): number {
  const { args, db } = call;
  if (args.count % 2 !== 0) throw call.wrongArity();
  const { hashes } = call.keyspace;
  let entry = hashToWrite(call);
  const before = hashes.count(entry);
  for (let i = 2; i < args.count; i += 2) {
    entry = hashes.set(db, entry, call.range(i), call.range(i + 1));
  }
  call.keyChanged(1, "hash", "hset", (args.count - 2) / 2);
  return hashes.count(entry) - before;
}

/** HSET: sets fields. */
export const hset: CommandSpec = command({
  name: "hset",
  group: "hash",
  summary: "Sets fields of a hash, and counts those that are new.",
  since: "2.0.0",
  history: [
    { since: "4.0.0", change: "Takes several fields with their values.", arityBefore: 4 },
  ],
  complexity: "O(1) for each field",
  arity: -4,
  flags: ["write", "denyoom", "fast"],
  keys: oneKey("RW update"),
  syntax: "key <field value> [<field value> ...]",
  run: (call) => call.reply.integer(setFields(call)),
});

/** HMSET: the old form of HSET, which replies OK. */
export const hmset: CommandSpec = command({
  ...hset,
  name: "hmset",
  summary: "Sets fields of a hash.",
  history: undefined,
  replacedBy: { since: "4.0.0", command: "`HSET` with multiple field-value pairs" },
  run(call) {
    setFields(call);
    call.reply.ok();
  },
});

/** HSETNX: sets a field that does not exist. */
export const hsetnx: CommandSpec = command({
  name: "hsetnx",
  group: "hash",
  summary: "Sets a field of a hash only if the field does not exist.",
  since: "2.0.0",
  complexity: "O(1)",
  arity: 4,
  flags: ["write", "denyoom", "fast"],
  keys: oneKey("RW insert"),
  syntax: "key field value",
  run(call) {
    const { db, reply } = call;
    const { hashes } = call.keyspace;
    const entry = call.lookupForWrite(1, ValueType.Hash);
    if (entry !== 0 && hashes.find(entry, call.range(2)) !== 0) {
      return reply.integer(0);
    }
    hashes.set(db, hashToWrite(call), call.range(2), call.range(3));
    call.keyChanged(1, "hash", "hset");
    reply.integer(1);
  },
});
