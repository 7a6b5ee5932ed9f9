import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { NO_DEADLINE } from "../../keyspace/volatile_fields.ts";
import { NO_FIELD, NO_TTL } from "./field_times.ts";
import { parseFields, replyForFields } from "./fields.ts";

/** HPERSIST: takes TTLs away. */
export const hpersist: CommandSpec = command({
  name: "hpersist",
  group: "hash",
  summary: "Takes the TTLs of fields away, so that they do not expire.",
  since: "7.4.0",
  complexity: "O(N) where N is the number of fields",
  arity: -5,
  flags: ["write", "fast"],
  keys: oneKey("RW update"),
  syntax: "key FIELDS numfields field [field ...]",
  run(call) {
    const { db, reply } = call;
    const { hashes } = call.keyspace;
    const fields = parseFields(call, 2);
    const entry = call.lookupForWrite(1, ValueType.Hash);
    let changed = 0;
    replyForFields(call, entry, fields, (handle) => {
      if (handle === 0) return reply.integer(NO_FIELD);
      if (hashes.deadline(entry, handle) === NO_DEADLINE) return reply.integer(NO_TTL);
      hashes.setDeadline(db, entry, handle, NO_DEADLINE);
      changed++;
      reply.integer(1);
    });
    if (changed > 0) call.keyChanged(1, "hash", "hpersist", changed);
  },
});
