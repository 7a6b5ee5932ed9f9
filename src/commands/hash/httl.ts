/** HTTL and its family: HPTTL, HEXPIRETIME, HPEXPIRETIME. @module */
import { command, type CommandSpec, oneKey } from "../../command/spec.ts";
import { ValueType } from "../../keyspace/value_type.ts";
import { NO_DEADLINE } from "../../keyspace/volatile_fields.ts";
import { NO_FIELD, NO_TTL, TIME_FORMS } from "./field_times.ts";
import { parseFields, replyForFields } from "./fields.ts";

function ttlCommand(name: string, unit: keyof typeof TIME_FORMS): CommandSpec {
  const { milliseconds, isAbsolute } = TIME_FORMS[unit];
  return command({
    name,
    group: "hash",
    summary:
      `Tells when fields of a hash expire, in ${unit}; -1 without a TTL, -2 without a field.`,
    since: "7.4.0",
    complexity: "O(N) where N is the number of fields",
    arity: -5,
    flags: ["readonly", "fast"],
    keys: oneKey("RO access"),
    syntax: "key FIELDS numfields field [field ...]",
    run(call) {
      const { reply } = call;
      const fields = parseFields(call, 2);
      const entry = call.lookupForRead(1, ValueType.Hash);
      replyForFields(call, entry, fields, (handle) => {
        if (handle === 0) return reply.integer(NO_FIELD);
        const deadlineMs = call.keyspace.hashes.deadline(entry, handle);
        if (deadlineMs === NO_DEADLINE) return reply.integer(NO_TTL);
        reply.integer(Math.ceil((deadlineMs - (isAbsolute ? 0 : call.nowMs)) / milliseconds));
      });
    },
  });
}

/** HTTL: seconds left. */
export const httl: CommandSpec = ttlCommand("httl", "seconds");

/** HPTTL: milliseconds left. */
export const hpttl: CommandSpec = ttlCommand("hpttl", "milliseconds");

/** HEXPIRETIME: the deadline in seconds. */
export const hexpiretime: CommandSpec = ttlCommand("hexpiretime", "unix-time-seconds");

/** HPEXPIRETIME: the deadline in milliseconds. */
export const hpexpiretime: CommandSpec = ttlCommand("hpexpiretime", "unix-time-milliseconds");
