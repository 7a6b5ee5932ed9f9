import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { deleteIfEmpty } from "../shared/emptied_key.ts";
import { replyFieldValue } from "./field_value.ts";
import { parseFields, replyForFields } from "./fields.ts";

/** HGETDEL: reads fields and removes them. */
export const hgetdel: CommandSpec = command({
  name: "hgetdel",
  group: "hash",
  summary: "Replies with the values of fields, and removes them.",
  since: "8.0.0",
  complexity: "O(N) where N is the number of fields",
  arity: -5,
  flags: ["write", "fast"],
  keys: oneKey("RW access delete"),
  syntax: "key FIELDS numfields field [field ...]",
  run(call) {
    const { db } = call;
    const { hashes } = call.keyspace;
    const fields = parseFields(call, 2);
    let entry = call.lookupForWrite(1, ValueType.Hash);
    let removed = 0;
    // Looks up each field again, because removing one may move the others.
    replyForFields(call, 0, fields, (_, i) => {
      const handle = entry === 0 ? 0 : hashes.find(entry, call.range(i));
      replyFieldValue(call, entry, handle);
      if (handle === 0) return;
      entry = hashes.remove(db, entry, handle);
      removed++;
    });
    if (removed === 0) return;
    call.keyChanged(1, "hash", "hdel", removed);
    deleteIfEmpty(call, 1, entry);
  },
});
