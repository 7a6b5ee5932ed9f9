/** HEXPIRE and its family: HPEXPIRE, HPEXPIREAT. @module */
import { errors } from "../../command/errors.ts";
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { NO_DEADLINE } from "../../keyspace/volatile_fields.ts";
import { deleteIfEmpty } from "../shared/emptied_key.ts";
import { fieldDeadlineAt, NO_FIELD, TIME_FORMS } from "./field_times.ts";
import { allows, noConditions, noteCondition } from "../shared/conditions.ts";
import { parseFields, replyForFields } from "./fields.ts";

/** The replies of HEXPIRE for a field: the condition was not met; the TTL was set; the time had passed, so the field was deleted. */
const Outcome = { Unmet: 0, Set: 1, Deleted: 2 } as const;

function expireCommand(name: string, amount: keyof typeof TIME_FORMS): CommandSpec {
  return command({
    name,
    group: "hash",
    summary: `Lets fields of a hash expire: ${amount} from now or since 1970.`,
    since: "7.4.0",
    complexity: "O(N*log(M)) where N is the number of fields and M that of fields with a TTL",
    arity: -6,
    flags: ["write", "denyoom", "fast"],
    keys: oneKey("RW update"),
    syntax: `key ${amount} [NX | XX | GT | LT] FIELDS numfields field [field ...]`,
    run(call) {
      const { args, db, reply } = call;
      const { hashes } = call.keyspace;
      const deadlineMs = fieldDeadlineAt(call, 2, TIME_FORMS[amount]);
      const conditions = noConditions();
      const at = noteCondition(args, 3, conditions) ? 4 : 3;
      const fields = parseFields(call, at, 1, errors.expireFieldsNotPositive);
      const found = call.lookupForWrite(1, ValueType.Hash);
      const entry = found === 0 ? 0 : hashes.toVolatile(db, found);
      let [set, deleted] = [0, 0];
      replyForFields(call, entry, fields, (handle) => {
        if (handle === 0) return reply.integer(NO_FIELD);
        const given = hashes.deadline(entry, handle);
        const hasTtl = given !== NO_DEADLINE;
        if (!allows(conditions, hasTtl, hasTtl ? given : Infinity, deadlineMs)) {
          return reply.integer(Outcome.Unmet);
        }
        if (call.hasPassed(deadlineMs)) {
          hashes.remove(db, entry, handle);
          deleted++;
          return reply.integer(Outcome.Deleted);
        }
        hashes.setDeadline(db, entry, handle, deadlineMs);
        set++;
        reply.integer(Outcome.Set);
      });
      if (deleted > 0) call.keyChanged(1, "hash", "hdel", deleted);
      if (set > 0) call.keyChanged(1, "hash", "hexpire", set);
      if (set + deleted > 0) {
        call.propagateAs("HPEXPIREAT", call.range(1), deadlineMs, call.args.words(3));
      }
      if (deleted > 0) deleteIfEmpty(call, 1, entry);
    },
  });
}

/** HEXPIRE: seconds from now. */
export const hexpire: CommandSpec = expireCommand("hexpire", "seconds");

/** HPEXPIRE: milliseconds from now. */
export const hpexpire: CommandSpec = expireCommand("hpexpire", "milliseconds");

/** HEXPIREAT: seconds since 1970. */
export const hexpireat: CommandSpec = expireCommand("hexpireat", "unix-time-seconds");

/** HPEXPIREAT: milliseconds since 1970. */
export const hpexpireat: CommandSpec = expireCommand("hpexpireat", "unix-time-milliseconds");
