import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { NO_DEADLINE } from "../../keyspace/volatile_fields.ts";
import { deleteIfEmpty } from "../shared/emptied_key.ts";
import { deadlineOption } from "./field_times.ts";
import { replyFieldValue } from "./field_value.ts";
import { parseFields, replyForFields } from "./fields.ts";

/** HGETEX: reads fields and changes their TTLs. */
export const hgetex: CommandSpec = command({
  name: "hgetex",
  group: "hash",
  summary: "Replies with the values of fields, and may give them TTLs or take those away.",
  since: "8.0.0",
  complexity: "O(N) where N is the number of fields",
  arity: -5,
  flags: ["write", "fast"],
  keys: oneKey("RW access update"),
  syntax:
    "key [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | PERSIST] FIELDS numfields field [field ...]",
  run(call) {
    const { args, db } = call;
    const { hashes } = call.keyspace;
    const given = deadlineOption(call, 2);
    const persists = args.is(2, "PERSIST");
    const fields = parseFields(call, given !== undefined ? 4 : persists ? 3 : 2);
    const found = call.lookupForWrite(1, ValueType.Hash);
    const entry = found !== 0 && given !== undefined ? hashes.toVolatile(db, found) : found;
    let [set, removed, persisted] = [0, 0, 0];
    replyForFields(call, entry, fields, (handle) => {
      replyFieldValue(call, entry, handle);
      if (handle === 0) return;
      if (given !== undefined && call.hasPassed(given)) {
        hashes.remove(db, entry, handle);
        removed++;
      } else if (given !== undefined) {
        hashes.setDeadline(db, entry, handle, given);
        set++;
      } else if (persists && hashes.deadline(entry, handle) !== NO_DEADLINE) {
        hashes.setDeadline(db, entry, handle, NO_DEADLINE);
        persisted++;
      }
    });
    if (removed > 0) call.keyChanged(1, "hash", "hdel", removed);
    if (set > 0) call.keyChanged(1, "hash", "hexpire", set);
    if (persisted > 0) call.keyChanged(1, "hash", "hpersist", persisted);
    const named = call.args.words(fields.first - 2);
    if (persisted > 0) call.propagateAs("HPERSIST", call.range(1), named);
    if (set + removed > 0) call.propagateAs("HPEXPIREAT", call.range(1), given!, named);
    if (removed > 0) deleteIfEmpty(call, 1, entry);
  },
});
